"""Codes 9xx."""

from __future__ import annotations

from kc.core.codes.declare import declare
from kc.core.diagnostic import Severity

FOREIGN_FILE = declare(
    "KC901",
    "a file of another library cannot be read",
    "The file is none of the formats that `kc import` knows, or it is damaged. Formats are told by "
    "content; nothing in a file is executed or imported, so pickled models cannot be read at all.",
    "kc import model.pkl",
    "kc import model.keras",
)
FOREIGN_UNSAFE = declare(
    "KC902",
    "a file that is more than data",
    "Links to other files, external or virtual storage, paths out of an archive, and parts that "
    "are far larger than the model needs have no honest use in a model file. Nothing is read.",
    "kc import model.h5     # with an external link",
    "kc import model.h5     # saved again by the library that trained it",
)
FOREIGN_LAYER = declare(
    "KC903",
    "a layer or model that kc does not have",
    "Layers are looked up in a closed table by the class name in the file. A Lambda, a custom "
    "layer, a wrapped model of another framework or a layer that kc lacks cannot be imported.",
    "keras.layers.Lambda(lambda x: x / 255)",
    "keras.layers.Rescaling(1 / 255)",
)
FOREIGN_ARGUMENT = declare(
    "KC904",
    "an argument of a layer that kc does not have",
    "Every argument in the file is either understood or refused: one that is passed over would "
    "give another model.",
    "keras.layers.Conv2D(8, 3, data_format='channels_first')",
    "keras.layers.Conv2D(8, 3)",
)
FOREIGN_WEIGHTS = declare(
    "KC905",
    "weights do not fit the model",
    "The model says which arrays there are, and of which shapes. An array that is missing, of "
    "another shape or type, or beside those is refused before any is read.",
    "kc import other.weights.h5 --spec spec.yaml",
    "kc import model.weights.h5 --spec spec.yaml",
)
NOT_EXPORTED = declare(
    "KC906",
    "a model that the format cannot hold",
    "A layer or setting has no counterpart in the other library, or not under these arguments.",
    "- dense: {units: 4, activation: {elu: 0.5}}",
    "- dense: 4\n- elu: 0.5",
)
LEFT_OUT = declare(
    "KC907",
    "a part of a file is left out",
    "The model is imported, but something beside it, such as the loss or the optimizer, has no "
    "counterpart here.",
    "model.compile(loss=my_loss)",
    "model.compile(loss='mean_squared_error')",
    Severity.WARNING,
)

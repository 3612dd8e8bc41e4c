"""Every layer that is covered goes to Keras and comes back."""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest

from kc.compiler.pipeline import compile
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.core.types import TensorType
from kc.interop import foreign
from kc.interop.keras import facts, write
from kc.interop.keras.read import read_model, read_weights
from kc.interop.keras.weights import Weights
from kc.runtime.run_folder import to_yaml
from tests.library.test_registry import example_model
from tests.models import compiled as compiled_layers
from tests.models import random_arrays, random_weights, run, sampled

KINDS = sorted(cls.kind for cls in facts.kinds("layer").values() if cls.kind not in facts.UNMAPPED)
WITHOUT_TENSORFLOW = {
    "hashing",
    "hashed_crossing",
    "integer_lookup",
    "string_lookup",
    "text_vectorization",
}
"""Layers that Keras builds with TensorFlow only, which is not here."""
BY_EXAMPLE = {"mel_spectrogram"}
"""Layers that look at one example in kc, and at the whole batch in Keras."""
SAMPLE = {
    "conv2d", "conv1d_transpose", "separable_conv2d", "batch_normalization", "embedding", "lstm",
    "gru", "max_pooling2d", "layer_normalization", "prelu", "concatenate", "resizing",
}  # fmt: skip
RECURRENT = {"lstm", "gru", "simple_rnn"}
LAYERS = {cls.kind: cls for cls in facts.kinds("layer").values()}


def model_with(kind):
    if kind in RECURRENT:
        sequence = {"x": TensorType((5, 3))}
        return compiled_layers([{kind: {"units": 4, "return_sequences": True}}], sequence)
    return example_model(LAYERS[kind])


@pytest.mark.parametrize("kind", sampled(KINDS, SAMPLE))
def test_a_layer_comes_back_from_keras(kind, tmp_path):
    compiled = model_with(kind)
    rng = np.random.default_rng(0)
    params, state = random_weights(compiled.program, rng)
    file = tmp_path / "m.keras"
    file.write_bytes(write.archive(compiled.graph, Weights(params, state), "m"))
    if kind not in WITHOUT_TENSORFLOW:
        batch = 1 if kind in BY_EXAMPLE else 2
        arrays = random_arrays(compiled.program.inputs, batch, rng)
        expected, _ = run(compiled.program, params, state, arrays)
        answer = predicted(file, list(arrays.values()))
        np.testing.assert_allclose(answer, np.asarray(expected), rtol=1e-4, atol=1e-4)

    report = Report()
    imported = read_model(foreign.describe(file), report)
    back = compile(decode("spec.yaml", to_yaml(imported.spec).encode()), (), report)
    assert [lowered(node.layer) for node in back.graph.nodes] == [
        lowered(node.layer) for node in compiled.graph.nodes
    ]
    weights = read_weights(imported, back.graph)
    if kind == "spectral_normalization":
        again, _ = run(back.program, weights.params, weights.state, arrays)
        np.testing.assert_allclose(again, np.asarray(expected), rtol=1e-4, atol=1e-5)
        return
    assert list(arrays_of(weights.params)) == list(arrays_of(params))
    assert list(arrays_of(weights.state)) == list(arrays_of(state))


def predicted(file, arrays):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.models.load_model(file)
        return np.asarray(model(arrays if len(arrays) > 1 else arrays[0], training=False))


def lowered(layer):
    """What a layer computes: its calls say more than its fields, which may say it in two ways."""
    return layer.lower()


def arrays_of(weights):
    for named in weights.values():
        for name, array in named.items():
            yield name, np.asarray(array, np.float32).tolist()

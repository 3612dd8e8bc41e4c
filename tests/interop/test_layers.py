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

KINDS = sorted(cls.kind for cls in facts.kinds("layer").values())
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
    arrays = random_arrays(compiled.program.inputs, 2, rng)
    expected, _ = run(compiled.program, params, state, arrays)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = keras.models.load_model(file)
        given = list(arrays.values())
        answer = theirs(given if len(given) > 1 else given[0], training=False)
    np.testing.assert_allclose(np.asarray(answer), np.asarray(expected), rtol=1e-4, atol=1e-4)

    report = Report()
    imported = read_model(foreign.describe(file), report)
    back = compile(decode("spec.yaml", to_yaml(imported.spec).encode()), (), report)
    assert [node.layer for node in back.graph.nodes] == [n.layer for n in compiled.graph.nodes]
    weights = read_weights(imported, back.graph)
    ours = [a for named in params.values() for a in named.values()]
    theirs = [a for named in weights.params.values() for a in named.values()]
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)

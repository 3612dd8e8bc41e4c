from __future__ import annotations

import numpy as np
import pytest

from kc.compiler.lower import bind
from kc.core.diagnostic import CompileError
from kc.core.types import TensorType
from tests.emit.same import assert_same_model
from tests.models import compiled, random_weights


@pytest.mark.parametrize("steps", [3, 5])
def test_each_step_gets_its_vector(steps):
    model = compiled([{"position_embedding": 5}], {"x": TensorType((steps, 4))})
    params, _ = random_weights(model.program, np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(2, steps, 4)).astype("float32")
    outputs, _ = bind.apply(model.program, params, {}, {"x": x})
    vectors = params["position_embedding"]["embeddings"]
    assert vectors.shape == (5, 4)
    np.testing.assert_allclose(outputs["position_embedding"], x + vectors[:steps], 1e-6)
    assert_same_model(model)


def test_a_sequence_that_is_too_long_is_refused():
    with pytest.raises(CompileError, match="has vectors for 5 steps, the input has 6"):
        compiled([{"position_embedding": 5}], {"x": TensorType((6, 4))})


def test_a_mask_passes():
    layers = [{"embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}},
              {"position_embedding": 5}, {"lstm": 2}]  # fmt: skip
    model = compiled(layers, {"x": TensorType((5,), "int32")})
    assert any(step.masks for step in model.program.steps)

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError

CASES = [
    ("l1", {}, keras.regularizers.L1()),
    ("l1", {"l1": 0.3}, keras.regularizers.L1(0.3)),
    ("l2", {}, keras.regularizers.L2()),
    ("l2", {"l2": 0.3}, keras.regularizers.L2(0.3)),
    ("l1_l2", {"l1": 0.2, "l2": 0.3}, keras.regularizers.L1L2(0.2, 0.3)),
    ("l1_l2", {"l2": 0.3}, keras.regularizers.L1L2(l2=0.3)),
    ("orthogonal_regularizer", {}, keras.regularizers.OrthogonalRegularizer()),
    (
        "orthogonal_regularizer",
        {"factor": 2.0, "mode": "columns"},
        keras.regularizers.OrthogonalRegularizer(2.0, "columns"),
    ),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "twin"), [pytest.param(*c, id=f"{c[0]} {c[1]}") for c in CASES]
)
def test_penalties_are_those_of_keras(kind, arguments, twin):
    call = entries("regularizer")[kind].model_validate(arguments).lower()
    weight = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    ours = call.function(weight, **call.settings)
    np.testing.assert_allclose(ours, np.asarray(twin(jnp.asarray(weight))), 1e-5)


def test_every_regularizer_is_compared_with_keras():
    assert {case[0] for case in CASES} == set(entries("regularizer"))


def test_rows_that_pad_the_batch_make_no_pairs():
    call = entries("regularizer")["orthogonal_regularizer"]().lower()
    rows = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    padded = np.concatenate([rows, np.zeros((2, 4), "float32")])
    valid = np.array([1, 1, 1, 0, 0], "float32")
    found = call.function(padded, valid=valid, **call.settings)
    np.testing.assert_allclose(found, call.function(rows, **call.settings), 1e-6)


def test_a_penalty_without_factors_is_refused():
    with pytest.raises(ValidationError, match="needs `l1` or `l2`"):
        entries("regularizer")["l1_l2"].model_validate({})


def test_only_a_matrix_can_be_orthogonal():
    with pytest.raises(ShapeError, match="needs 2 axes, not 4"):
        entries("regularizer")["orthogonal_regularizer"]().check((3, 3, 1, 8))

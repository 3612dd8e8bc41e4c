from functools import cache

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType

CORNERS = np.array([-7, -6, -3, -2.5, -1, -0.5, 0, 0.5, 1, 2.5, 3, 6, 7, 50, -50], "float32")
RANDOM = np.random.default_rng(0).normal(scale=2.0, size=(2, 4, 6)).astype("float32")

TABLE = [
    ("linear", {}),
    ("relu", {}),
    ("relu", {"negative_slope": 0.3}),
    ("relu", {"max_value": 1.0}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"threshold": -0.5, "max_value": 2.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 2.5, "threshold": 0.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 3.0, "threshold": -1.0}),
    ("relu6", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("elu", {}),
    ("elu", {"alpha": 0.4}),
    ("celu", {}),
    ("celu", {"alpha": 0.4}),
    ("selu", {}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("sigmoid", {}),
    ("hard_sigmoid", {}),
    ("log_sigmoid", {}),
    ("silu", {}),
    ("hard_silu", {}),
    ("tanh", {}),
    ("hard_tanh", {}),
    ("tanh_shrink", {}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 1.0}),
    ("softplus", {}),
    ("softsign", {}),
    ("exponential", {}),
    ("mish", {}),
    ("squareplus", {}),
    ("squareplus", {"b": 0.5}),
    ("sparse_plus", {}),
    ("sparse_sigmoid", {}),
    ("threshold", {"threshold": 0.5, "default_value": -2.0}),
    ("softmax", {}),
    ("softmax", {"axis": 1}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": -2}),
    ("glu", {}),
    ("glu", {"axis": 1}),
]
CASES = [
    pytest.param(i, id=f"{kind} {arguments}" if arguments else kind)
    for i, (kind, arguments) in enumerate(TABLE)
]
ALONG_AN_AXIS = {"softmax", "log_softmax", "sparsemax", "glu"}


def ours(kind, arguments):
    call = entries("activation")[kind].model_validate(arguments).lower()
    return lambda x: call.function(x, **call.settings)


def theirs(kind, arguments):
    function = getattr(keras.activations, kind)
    return lambda x: function(x, **arguments)


def corners(kind):
    """An array of corners; for functions along axis 1 of the random one, in its shape."""
    x = jnp.asarray(CORNERS)
    return x[:12].reshape(1, 2, 6) if kind in ALONG_AN_AXIS else x


@cache
def computed(source):
    """Values, gradients and values at corners of the whole table, compiled at once."""

    def one(kind, arguments, x):
        function = source(kind, arguments)
        y, vjp = jax.vjp(function, x)
        slopes = vjp(jnp.cos(jnp.arange(y.size, dtype="float32")).reshape(y.shape))[0]
        return {"values": y, "slopes": slopes, "corners": function(corners(kind))}

    everything = jax.jit(lambda x: [one(kind, arguments, x) for kind, arguments in TABLE])
    return everything(jnp.asarray(RANDOM))


@pytest.mark.parametrize("what", ["values", "slopes", "corners"])
@pytest.mark.parametrize("case", CASES)
def test_activations_compute_what_keras_computes(case, what):
    np.testing.assert_allclose(computed(ours)[case][what], computed(theirs)[case][what], 1e-4, 1e-5)


def test_every_activation_is_compared_with_keras():
    assert {kind for kind, _ in TABLE} | {"sparsemax"} == set(entries("activation"))


@pytest.mark.parametrize("axis", [1, 2])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    # Keras 3.15 on JAX leaves the simplex, so the truth is the definition: max(x - t, 0) with the
    # t for which the sum is 1, found by bisection.
    x = RANDOM.astype("float64")
    low, high = x.min(axis, keepdims=True) - 1, x.max(axis, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.maximum(x - middle, 0).sum(axis, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    expected = np.maximum(x - low, 0)
    np.testing.assert_allclose(
        ours("sparsemax", {"axis": axis})(jnp.asarray(RANDOM)), expected, 1e-4, 1e-5
    )


def test_gradients_stay_finite_far_out():
    def slopes(x):
        return {
            kind: jax.grad(lambda x: jnp.sum(ours(kind, arguments)(x)))(x)  # noqa: B023
            for kind, arguments in TABLE
            if kind not in {*ALONG_AN_AXIS, "exponential"}  # exp overflows by its nature
        }

    found = jax.jit(slopes)(jnp.array([-1e4, 0.0, 1e4]))
    assert [kind for kind, slope in found.items() if not np.isfinite(slope).all()] == []


@pytest.mark.parametrize("kind", sorted(ALONG_AN_AXIS))
@pytest.mark.parametrize("axis", [0, -3, 3])
def test_an_axis_has_to_be_one_of_the_example(kind, axis):
    with pytest.raises(ShapeError, match="axis"):
        entries("activation")[kind](axis=axis).infer(TensorType((4, 2)))


def test_glu_needs_an_even_size():
    with pytest.raises(ShapeError, match="cannot halve an axis of size 3"):
        entries("activation")["glu"]().infer(TensorType((3,)))

"""One loss in kc and in Keras, on the same targets and outputs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kc.compiler.lower.objective import loss_of, mask_weights
from kc.core.program import LossCall
from kc.library.loss import Loss

RTOL, ATOL = 1e-4, 1e-6
PADDING = 2


def assert_same(
    loss: Loss,
    twin: keras.losses.Loss,
    target: np.ndarray,
    output: np.ndarray,
    *,
    gradient: bool = True,
):
    """Value and gradient are Keras's on the rows that count; two rows only fill the batch up.

    Without ``gradient`` ours only has to be finite, as where Keras's is not.
    """
    call = LossCall("y", loss.lower(), "loss", reduction=loss.reduction)
    filled = jnp.asarray(_fill(target))
    valid = jnp.asarray(_fill(np.ones(len(target), "float32")))

    def ours(y: Any) -> Any:
        return loss_of(call, filled, y, valid)

    @jax.jit
    def both(y: Any, with_zeros: Any, with_nan: Any) -> Any:
        expected = jax.value_and_grad(lambda y: twin(target, y))(y)
        return expected, jax.value_and_grad(ours)(with_zeros), ours(with_nan)

    theirs, found, despite_nan = both(output, _fill(output), _fill(output, np.nan))
    np.testing.assert_allclose(found[0], theirs[0], RTOL, ATOL)
    if gradient:
        np.testing.assert_allclose(found[1][: len(output)], theirs[1], RTOL, ATOL)
    assert np.isfinite(found[1]).all()
    np.testing.assert_array_equal(found[1][len(output) :], 0.0)
    np.testing.assert_allclose(despite_nan, theirs[0], RTOL, ATOL)


def value_of(
    loss: Loss, target: Any, output: Any, weights: Any = None, mask: Any = None
) -> jax.Array:
    """Ours on a batch that two rows of NaN fill up."""
    call = LossCall("y", loss.lower(), "loss", reduction=loss.reduction)
    counted = _filled(jnp.ones(len(output)))
    if mask is not None:
        counted = mask_weights(counted, _filled(mask))
    given = None if weights is None else _filled(weights)
    return loss_of(call, _filled(target), _filled(output, jnp.nan), counted, given)


def _filled(array: Any, value: float = 0.0) -> jax.Array:
    rows = jnp.full((PADDING, *array.shape[1:]), value, array.dtype)
    return jnp.concatenate([array, rows])


def _fill(array: np.ndarray, value: float = 0.0) -> np.ndarray:
    # Zeros, as the runtime pads: probabilities that sum to 0 are hard enough.
    return np.concatenate([array, np.full((PADDING, *array.shape[1:]), value, array.dtype)])


def probabilities(shape: tuple[int, ...], axis: int = -1) -> np.ndarray:
    """Positive numbers whose sums along an axis are not quite 1."""
    logits = np.random.default_rng(1).normal(size=shape)
    p = np.exp(logits) / np.exp(logits).sum(axis, keepdims=True)
    return (p * np.linspace(0.8, 1.1, p.size).reshape(shape)).astype("float32")


def numbers(*shape: int, seed: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=2.0, size=shape).astype("float32")


def fractions(*shape: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=shape).astype("float32")


def labels(*shape: int, classes: int = 3, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, classes, shape).astype("int32")


def one_hot(*shape: int, classes: int = 3) -> np.ndarray:
    return np.eye(classes, dtype="float32")[labels(*shape, classes=classes)]

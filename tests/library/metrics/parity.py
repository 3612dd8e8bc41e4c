"""One metric in kc and in Keras, over the same batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kc.compiler.lower.objective import mask_weights
from kc.core.types import TensorType
from kc.library.metric import Metric

RTOL, ATOL = 1e-4, 1e-6

Batch = tuple[np.ndarray, np.ndarray]


def measured(metric: Metric, batches: Iterable[Batch]) -> Any:
    """The metric over batches, the last of them filled up to the size of the first with NaN."""
    batches = list(batches)
    target, output = (TensorType(array.shape[1:], str(array.dtype)) for array in batches[0])  # pyright: ignore[reportArgumentType]
    sums: Any = {name: jnp.zeros(shape) for name, shape in metric.sums(target, output).items()}
    update, result = metric.update(), metric.result()
    step = jax.jit(lambda t, y, w, sums: update.function(t, y, w, **sums, **update.settings))
    size = 0
    for target, output in batches:
        size = size or len(output)
        arrays = [_fill(a, size) for a in (target, output)]
        weights = jnp.asarray(np.arange(size) < len(output), "float32")
        sums = step(*arrays, weights, sums)
    return jax.jit(lambda sums: result.function(**sums, **result.settings))(sums)


def value_of(
    metric: Metric, batches: list[Batch], weights: list[Any] | None, masks: list[Any] | None
) -> jax.Array:
    """Ours over batches whose examples and places count as these arrays (batch, ...) say."""
    target, output = (TensorType(array.shape[1:], str(array.dtype)) for array in batches[0])  # pyright: ignore[reportArgumentType]
    sums: Any = {name: jnp.zeros(shape) for name, shape in metric.sums(target, output).items()}
    update, result = metric.update(), metric.result()
    size = len(batches[0][1])
    for number, (target, output) in enumerate(batches):
        counted = jnp.asarray(np.arange(size) < len(output), "float32")
        if weights is not None:
            counted = counted * _fill(weights[number], size, 0.0)
        if masks is not None:
            counted = mask_weights(counted, _fill(masks[number], size, 0.0))
        arrays = [_fill(array, size) for array in (target, output)]
        sums = update.function(*arrays, counted, **sums, **update.settings)
    return result.function(**sums, **result.settings)


def assert_same(
    metric: Metric, twin: keras.metrics.Metric, batches: list[Batch], *, traced: bool = True
) -> None:
    """The value after all batches is Keras's on the examples that count."""
    if not getattr(twin, "_built", True):
        twin.update_state(*batches[0])  # an AUC of several labels makes its sums at first use
        twin.reset_state()
    sums = [v.value for v in twin.variables]
    step = jax.jit(twin.stateless_update_state) if traced else twin.stateless_update_state
    for batch in batches:
        sums = step(sums, *batch)
    expected = jax.jit(twin.stateless_result)(sums)
    np.testing.assert_allclose(measured(metric, batches), expected, RTOL, ATOL)


def _fill(array: Any, size: int, value: float = np.nan) -> Any:
    array = jnp.asarray(array)
    value = value if array.dtype == "float32" else 0
    rows = jnp.full((size - len(array), *array.shape[1:]), value, array.dtype)
    return jnp.concatenate([array, rows])


def in_batches(target: np.ndarray, output: np.ndarray, size: int = 4) -> list[Batch]:
    """Batches of a size, the last one shorter."""
    starts = range(0, len(output), size)
    return [(target[i : i + size], output[i : i + size]) for i in starts]

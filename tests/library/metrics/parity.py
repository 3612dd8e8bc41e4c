"""One metric in kc and in Keras, over the same batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np

from kc.library.metric import Metric

RTOL, ATOL = 1e-4, 1e-6

Batch = tuple[np.ndarray, np.ndarray]


def measured(metric: Metric, batches: Iterable[Batch]) -> Any:
    """The metric over batches, the last of them filled up to the size of the first with NaN."""
    sums: Any = {name: jnp.zeros(shape) for name, shape in metric.sums().items()}
    update, result = metric.update(), metric.result()
    size = 0
    for target, output in batches:
        size = size or len(output)
        arrays = [_fill(a, size) for a in (target, output)]
        weights = jnp.asarray(np.arange(size) < len(output), "float32")
        sums = update.function(*arrays, weights, **sums, **update.settings)
    return result.function(**sums, **result.settings)


def assert_same(metric: Metric, twin: keras.metrics.Metric, batches: list[Batch]) -> None:
    """The value after all batches is Keras's on the examples that count."""
    for target, output in batches:
        twin.update_state(target, output)
    np.testing.assert_allclose(measured(metric, batches), twin.result(), RTOL, ATOL)


def _fill(array: np.ndarray, size: int) -> Any:
    value = np.nan if array.dtype == "float32" else 0
    rows = np.full((size - len(array), *array.shape[1:]), value, array.dtype)
    return jnp.asarray(np.concatenate([array, rows]))


def in_batches(target: np.ndarray, output: np.ndarray, size: int = 4) -> list[Batch]:
    """Batches of a size, the last one shorter."""
    starts = range(0, len(output), size)
    return [(target[i : i + size], output[i : i + size]) for i in starts]

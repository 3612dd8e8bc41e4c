"""Images for tests, and one layer on them in training."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from kc.compiler.lower import bind
from kc.core.types import TensorType
from tests.models import compiled

BATCH = 4
HEIGHT, WIDTH = 8, 7


def images(channels: int = 3, batch: int = BATCH, low: float = 0.0, high: float = 255.0, seed=0):
    """Random images (batch, height, width, channels) of a range of values."""
    rng = np.random.default_rng(seed)
    return rng.uniform(low, high, (batch, HEIGHT, WIDTH, channels)).astype("float32")


def ours(item: object, x: Any, *, train: bool = True, key: int = 0) -> np.ndarray:
    """What the compiled layer makes of a batch."""
    program = compiled([item], {"x": TensorType(x.shape[1:], str(x.dtype))}).program
    outputs, _ = bind.apply(program, {}, {}, {"x": x}, key=jax.random.key(key), train=train)
    (y,) = outputs.values()
    (kind,) = program.output_types.values()
    assert (y.shape[1:], str(y.dtype)) == (kind.shape, kind.dtype)
    return np.asarray(y)


def channels_first(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(x, -1, 1)


def assert_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, 1e-4, 1e-3)

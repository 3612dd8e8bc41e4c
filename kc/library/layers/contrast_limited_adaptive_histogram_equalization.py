"""Images equalized tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, NonNegativeFloat, Pair
from kc.library.images.colours import to_range
from kc.library.images.draws import from_last, to_last
from kc.library.images.types import BYTES, ValueRange, image
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class ContrastLimitedAdaptiveHistogramEqualization(
    Layer, kind="contrast_limited_adaptive_histogram_equalization"
):
    """Equalizes tiles of each channel, with limited contrast, and blends them; also after training.

    The histogram of a tile is cut at ``clip_limit`` times its mean, what is cut off is spread over
    all levels, and its running sum becomes a table of values. A cell takes the tables of the four
    nearest tiles, weighed by distance (Zuiderveld 1994). Floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/clahe.py``.

    Example:
        - contrast_limited_adaptive_histogram_equalization: {tile_grid_size: [2, 2]}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    clip_limit: NonNegativeFloat = 4.0
    """Largest count of a level, as a multiple of the mean count; 0 sets no limit."""
    tile_grid_size: Pair = (8, 8)
    """Tiles down and across."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=20 * y.size)

    def lower(self) -> Call:
        return Call(
            contrast_limited_adaptive_histogram_equalization,
            value_range=self.value_range,
            clip_limit=self.clip_limit,
            tile_grid_size=self.tile_grid_size,
            data_format=self.data_format,
        ).branches_on("value_range", "clip_limit")


def contrast_limited_adaptive_histogram_equalization(
    x: Array,
    *,
    value_range: tuple[float, float] = (0.0, 255.0),
    clip_limit: float = 4.0,
    tile_grid_size: tuple[int, int] = (8, 8),
    data_format: str = "channels_last",
) -> Array:
    x = to_range(to_last(jnp.asarray(x, jnp.float32), data_format), value_range)
    batch, height, width, channels = x.shape
    down, across = tile_grid_size
    rows, columns = -(-height // down), -(-width // across)
    border = ((0, 0), (0, rows * down - height), (0, columns * across - width), (0, 0))
    padded = jnp.pad(x, border, mode="symmetric")
    levels = jnp.clip(padded, 0, 255).astype(jnp.int32)
    examples = jnp.arange(batch)[:, None, None, None]
    row, column = jnp.arange(rows * down)[:, None, None], jnp.arange(columns * across)[:, None]
    tiles = (examples, row // rows, column // columns, jnp.arange(channels), levels)
    counts = jnp.zeros((batch, down, across, channels, 256)).at[tiles].add(1.0)
    tables = tile_tables(counts, rows * columns, clip_limit)

    above, below, lower = nearest_tiles(row, rows, down)
    left, right, farther = nearest_tiles(column, columns, across)
    y = jnp.zeros_like(padded)
    for i, weight in ((above, 1 - lower), (below, lower)):
        for j, part in ((left, 1 - farther), (right, farther)):
            y += weight * part * tables[examples, i, j, jnp.arange(channels), levels]
    return from_last(to_range(y[:, :height, :width], (0.0, 255.0), value_range), data_format)


def tile_tables(counts: Array, cells: int, clip_limit: float) -> Array:
    """The value of each level from its count in a tile: (..., levels)."""
    if clip_limit > 0:
        limited = jnp.minimum(counts, clip_limit * cells / 256)
        counts = limited + jnp.sum(counts - limited, axis=-1, keepdims=True) / 256
    below = jnp.cumsum(counts, axis=-1)
    lowest = below[..., :1]
    others = jnp.where(lowest == cells, 1.0, cells - lowest)
    return jnp.clip((below - lowest) * 255 / others, 0, 255)


def nearest_tiles(cells: Array, size: int, count: int) -> tuple[Array, Array, Array]:
    """The tiles whose middles are before and after cells, and the weight of the second."""
    place = (cells - size / 2) / size
    before = jnp.floor(place)
    tiles = [jnp.clip(before + i, 0, count - 1).astype(jnp.int32) for i in (0, 1)]
    return tiles[0], tiles[1], place - before

"""The examples that steps take, on the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jax import Array


class Batches(NamedTuple):
    """Examples on the device and the order in which steps take them."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    weights: Mapping[str, Array]
    """How much examples count, by output; empty where all count the same."""
    order: Array
    """Row numbers, padded to whole batches, int32."""
    size: Array | int
    """How many rows of the order are no padding."""
    first: Array | int = 0
    """The step of the epoch that the order begins with."""


class Stretch(NamedTuple):
    """Some steps of an epoch, and the batches that they take."""

    first: int
    stop: int
    batches: Batches

    def moved(self, steps: int) -> Stretch:
        """The same batches, for so many steps later."""
        batches = self.batches._replace(first=self.batches.first + steps)
        return Stretch(self.first + steps, self.stop + steps, batches)


class Batch(NamedTuple):
    """The examples of one step."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    weights: Mapping[str, Array]
    valid: Array
    """(batch,) 0 for examples that only pad the batch."""

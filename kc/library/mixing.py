"""What a mixing is: it blends the examples of a batch with each other while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry

if TYPE_CHECKING:
    from jax import Array


class Mixing(Entry, family="mixing"):
    """Blends each image of a batch with another one of it, and their targets alike."""

    beside = ("input",)

    input: str | None = None
    """The input that is mixed; by default the only one that is an image."""

    def lower(self) -> Call:
        """A function of images that takes ``valid`` and ``key``.

        It returns the mixed images, for each row the number of its partner, and its own share.
        """
        raise NotImplementedError


MixingField = Annotated[Mixing, EntryOf("mixing")]


def partners(key: Array, valid: Array) -> Array:
    """For each row the number of another one: valid rows in random order; padded ones stay."""
    counts = valid > 0
    # The valid rows come first, shuffled.
    order = jnp.argsort(jnp.where(counts, jax.random.uniform(key, valid.shape), 2.0))
    return jnp.where(counts, order[jnp.cumsum(counts) - 1], jnp.arange(len(valid)))


def shares(target: Array, *, classes: int) -> Array:
    """Class numbers, (batch,) or (batch, 1), as rows that can be blended: (batch, classes)."""
    return jax.nn.one_hot(target.reshape(len(target)).astype(jnp.int32), classes)


def blend(x: Array, partner: Array, share: Array) -> Array:
    """``share * x + (1 - share) * x[partner]``, each row with its own share."""
    x = jnp.asarray(x, jnp.float32)
    rows = share.reshape(share.shape + (1,) * (x.ndim - 1))
    return rows * x + (1.0 - rows) * x[partner]

"""FarmHash of whole numbers, written as decimal text, in arithmetic of 32 bits.

A number of 64 bits is a pair (high, low) of uint32: JAX has no wider ones by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax

if TYPE_CHECKING:
    from jax import Array

K0 = 0xC3A5C85C97CB3127
K2 = 0x9AE16A3B2F90404F


def hash_bins(x: Array, bins: int) -> Array:
    """The FarmHash of each number of int32, modulo the number of bins."""
    high, low = farmhash(x)

    def divide(i: Array, rest: Array) -> Array:
        word = jnp.where(i < 32, high, low)
        bit = (word >> (31 - i % 32).astype(jnp.uint32)) & 1
        return (2 * rest + bit) % jnp.uint32(bins)

    return lax.fori_loop(0, 64, divide, jnp.zeros_like(low)).astype(jnp.int32)


def farmhash(x: Array) -> tuple[Array, Array]:
    """FarmHash's ``Fingerprint64`` of the text of each number, which has 1 to 11 characters."""
    character, length = decimal(jnp.asarray(x, jnp.int32))
    count = length.astype(jnp.uint32)
    none = jnp.zeros_like(count)

    def word(start: Array | int) -> Array:
        """Four characters, the first one lowest."""
        a, b, c, d = (character(start + i) for i in range(4))
        return a | b << 8 | c << 16 | d << 24

    # Up to 3 characters.
    sides = character(0) + (character(length // 2) << 8)
    last = count + (character(length - 1) << 2)
    mixed = _xor(_times((none, sides), _wide(K2)), _times((none, last), _wide(K0)))
    short = _times(_fold(mixed), _wide(K2))
    # Up to 7.
    factor = _plus(_wide(K2), (none, 2 * count))
    front = word(0)
    start = _plus((front >> 29, front << 3), (none, count))
    middle = _mixed(start, (none, word(length - 4)), factor)
    # Up to 16.
    start = _plus((word(4), front), _wide(K2))
    end = (word(length - 4), word(length - 8))
    turned = _plus(_times(_rotated((end[1], end[0]), 5), factor), start)
    added = _times(_plus(_rotated(start, 25), end), factor)
    long = _mixed(turned, added, factor)

    def of_length(i: int) -> Array:
        return jnp.where(length < 4, short[i], jnp.where(length < 8, middle[i], long[i]))

    return of_length(0), of_length(1)


def decimal(x: Array) -> tuple[Callable[[Array | int], Array], Array]:
    """The character at a place of each number's text, and how many there are."""
    bits = x.astype(jnp.uint32)
    size = jnp.where(x < 0, -bits, bits)
    powers = jnp.array([10**k for k in range(10)], jnp.uint32)
    digits = 1 + jnp.sum(size[..., None] >= powers[1:], axis=-1, dtype=jnp.int32)
    length = digits + (x < 0)

    def character(place: Array | int) -> Array:
        k = length - 1 - place
        digit = 48 + size // powers[jnp.clip(k, 0, 9)] % 10
        return jnp.where(k < digits, digit, 45).astype(jnp.uint32)

    return character, length


def _wide(number: int) -> tuple[Array, Array]:
    return jnp.uint32(number >> 32), jnp.uint32(number & 0xFFFFFFFF)


def _plus(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]).astype(jnp.uint32), low


def _xor(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    return a[0] ^ b[0], a[1] ^ b[1]


def _times(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """The lower 64 bits of a product, from products of 16 bits."""
    a1, a0, b1, b0 = a[1] >> 16, a[1] & 0xFFFF, b[1] >> 16, b[1] & 0xFFFF
    low, left, right = a0 * b0, a1 * b0, a0 * b1
    carried = (low >> 16) + (left & 0xFFFF) + (right & 0xFFFF)
    high = a1 * b1 + (left >> 16) + (right >> 16) + (carried >> 16)
    return high + a[0] * b[1] + a[1] * b[0], (low & 0xFFFF) | carried << 16


def _rotated(a: tuple[Array, Array], count: int) -> tuple[Array, Array]:
    """Turned right by fewer than 32 bits."""
    back = 32 - count
    return a[0] >> count | a[1] << back, a[1] >> count | a[0] << back


def _fold(a: tuple[Array, Array]) -> tuple[Array, Array]:
    """``a ^ (a >> 47)``."""
    return a[0], a[1] ^ a[0] >> 15


def _mixed(
    a: tuple[Array, Array], b: tuple[Array, Array], factor: tuple[Array, Array]
) -> tuple[Array, Array]:
    first = _fold(_times(_xor(a, b), factor))
    return _times(_fold(_times(_xor(b, first), factor)), factor)

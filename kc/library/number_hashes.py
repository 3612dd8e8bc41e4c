"""Hashes of whole numbers, written as decimal text, on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.library.text_hashes import CROSS_FACTOR, CROSS_START, K0, K2, SIPHASH_START
from kc.library.wide import (
    folded,
    remainder,
    rotated,
    swapped,
    wide,
    wide_product,
    wide_sum,
    wide_xor,
)

if TYPE_CHECKING:
    from jax import Array


def farmhash_of_numbers(x: Array, *, bins: int) -> Array:
    """FarmHash's ``Fingerprint64`` of the text of each number, modulo the number of bins.

    The text has 1 to 11 characters, so the branches of FarmHash for up to 16 are enough.
    """
    character, length = decimal(x)
    count = length.astype(jnp.uint32)
    none = jnp.zeros_like(count)

    def word(start: Array | int) -> Array:
        return four_characters(character, start)

    # Up to 3 characters.
    sides = character(0) + (character(length // 2) << 8)
    last = count + (character(length - 1) << 2)
    mixed = wide_xor(wide_product((none, sides), wide(K2)), wide_product((none, last), wide(K0)))
    short = wide_product(folded(mixed), wide(K2))
    # Up to 7.
    factor = wide_sum(wide(K2), (none, 2 * count))
    front = word(0)
    start = wide_sum((front >> 29, front << 3), (none, count))
    middle = wide_mixed(start, (none, word(length - 4)), factor)
    # Up to 16.
    start = wide_sum((word(4), front), wide(K2))
    end = (word(length - 4), word(length - 8))
    turned = wide_sum(wide_product(rotated(swapped(end), 5), factor), start)
    added = wide_product(wide_sum(rotated(start, 25), end), factor)
    long = wide_mixed(turned, added, factor)

    def of_length(i: int) -> Array:
        return jnp.where(length < 4, short[i], jnp.where(length < 8, middle[i], long[i]))

    return remainder((of_length(0), of_length(1)), bins)


def wide_mixed(
    a: tuple[Array, Array], b: tuple[Array, Array], factor: tuple[Array, Array]
) -> tuple[Array, Array]:
    first = folded(wide_product(wide_xor(a, b), factor))
    return wide_product(folded(wide_product(wide_xor(b, first), factor)), factor)


def siphash_of_numbers(x: Array, *, bins: int, key: tuple[int, int]) -> Array:
    """SipHash-2-4 of the text of each number, modulo the number of bins."""
    character, length = decimal(x)
    size = length.astype(jnp.uint32) << 24

    def word(start: int) -> Array:
        return four_characters(lambda i: jnp.where(i < length, character(i), 0), start)

    front = (word(4), word(0))
    state = [wide(number ^ key[i % 2]) for i, number in enumerate(SIPHASH_START)]
    after = wide_absorbed(state, front)
    long = length >= 8
    state = [
        (jnp.where(long, a[0], s[0]), jnp.where(long, a[1], s[1]))
        for a, s in zip(after, state, strict=True)
    ]
    last = (jnp.where(long, 0, front[0]) | size, jnp.where(long, word(8), front[1]))
    a, b, c, d = wide_absorbed(state, last)
    a, b, c, d = wide_scrambled([a, b, wide_xor(c, wide(0xFF)), d], 4)
    return remainder(wide_xor(wide_xor(a, b), wide_xor(c, d)), bins)


def wide_absorbed(
    state: Sequence[tuple[Array, Array]], block: tuple[Array, Array]
) -> list[tuple[Array, Array]]:
    """The state of SipHash after 8 more characters."""
    a, b, c, d = state
    a, b, c, d = wide_scrambled([a, b, c, wide_xor(d, block)], 2)
    return [wide_xor(a, block), b, c, d]


def wide_scrambled(state: Sequence[tuple[Array, Array]], rounds: int) -> list[tuple[Array, Array]]:
    a, b, c, d = state
    for _ in range(rounds):
        a, c = wide_sum(a, b), wide_sum(c, d)
        b, d = wide_xor(turned_left(b, 13), a), wide_xor(turned_left(d, 16), c)
        a, c = wide_sum(swapped(a), d), wide_sum(c, b)
        b, d = wide_xor(turned_left(b, 17), c), wide_xor(turned_left(d, 21), a)
        c = swapped(c)
    return [a, b, c, d]


def turned_left(a: tuple[Array, Array], count: int) -> tuple[Array, Array]:
    """Turned left by 1 to 31 bits."""
    return rotated(swapped(a), 32 - count)


def crossed_numbers(*xs: Array, bins: int) -> Array:
    """The bin of each combination of numbers, as ``crossed_texts``."""
    result = wide(CROSS_START)
    factor = wide(CROSS_FACTOR)
    for x in xs:
        # 64 bits with the sign of the number.
        number = ((x.astype(jnp.int32) >> 31).astype(jnp.uint32), x.astype(jnp.uint32))
        mixed = wide_product(folded(wide_product(number, factor)), factor)
        result = wide_product(wide_xor(wide_xor(result, factor), mixed), factor)
        result = folded(wide_product(folded(result), factor))
    return remainder(result, bins)


def four_characters(character: Callable[[Array | int], Array], start: Array | int) -> Array:
    """Four characters in one number, the first one lowest."""
    a, b, c, d = (character(start + i) for i in range(4))
    return a | b << 8 | c << 16 | d << 24


def decimal(x: Array) -> tuple[Callable[[Array | int], Array], Array]:
    """The character at a place of each number's text, and how many there are."""
    x = jnp.asarray(x, jnp.int32)
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

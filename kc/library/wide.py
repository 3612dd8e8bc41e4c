"""Numbers of 64 bits as pairs (high, low) of uint32: JAX has no wider ones by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax

if TYPE_CHECKING:
    from jax import Array


def wide(number: int) -> tuple[Array, Array]:
    return jnp.uint32(number >> 32), jnp.uint32(number & 0xFFFFFFFF)


def wide_sum(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]).astype(jnp.uint32), low


def wide_xor(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    return a[0] ^ b[0], a[1] ^ b[1]


def wide_product(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """The lower 64 bits of a product, from products of 16 bits."""
    a1, a0, b1, b0 = a[1] >> 16, a[1] & 0xFFFF, b[1] >> 16, b[1] & 0xFFFF
    low, left, right = a0 * b0, a1 * b0, a0 * b1
    carried = (low >> 16) + (left & 0xFFFF) + (right & 0xFFFF)
    high = a1 * b1 + (left >> 16) + (right >> 16) + (carried >> 16)
    return high + a[0] * b[1] + a[1] * b[0], (low & 0xFFFF) | carried << 16


def swapped(a: tuple[Array, Array]) -> tuple[Array, Array]:
    """Turned by 32 bits."""
    return a[1], a[0]


def rotated(a: tuple[Array, Array], count: int) -> tuple[Array, Array]:
    """Turned right by 1 to 31 bits."""
    back = 32 - count
    return a[0] >> count | a[1] << back, a[1] >> count | a[0] << back


def folded(a: tuple[Array, Array]) -> tuple[Array, Array]:
    """``a ^ (a >> 47)``."""
    return a[0], a[1] ^ a[0] >> 15


def remainder(a: tuple[Array, Array], divisor: int) -> Array:
    """The rest of a division by a number below 2**31, as int32."""

    def divide(i: Array, rest: Array) -> Array:
        word = jnp.where(i < 32, a[0], a[1])
        bit = (word >> (31 - i % 32).astype(jnp.uint32)) & 1
        return (2 * rest + bit) % jnp.uint32(divisor)

    return lax.fori_loop(0, 64, divide, jnp.zeros_like(a[1])).astype(jnp.int32)

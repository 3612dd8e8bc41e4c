"""Hashes of text, on the host: those that TensorFlow takes for Keras's layers, bit for bit.

FarmHash's ``Fingerprint64`` (Pike 2014, ``farmhashna.cc``), SipHash-2-4 (Aumasson and Bernstein
2012), and TensorFlow's way of combining hashes, in Python's whole numbers: they are cut to 64 bits
wherever higher bits could move down.
"""

from __future__ import annotations

from collections.abc import Sequence

from kc.core.lazy import np

K0 = 0xC3A5C85C97CB3127
K1 = 0xB492B66FBE98F273
K2 = 0x9AE16A3B2F90404F
SIPHASH_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
CROSS_START = 0xDECAFCAFFE
CROSS_FACTOR = 0xC6A4A7935BD1E995
BITS64 = 2**64 - 1


def farmhash_of_text(x: np.ndarray, *, bins: int) -> np.ndarray:
    """The FarmHash of each text in UTF-8, modulo the number of bins."""
    found = [farmhash(in_utf8(text)) % bins for text in x.flat]
    return np.array(found, np.int32).reshape(x.shape)


def siphash_of_text(x: np.ndarray, *, bins: int, key: tuple[int, int]) -> np.ndarray:
    """The SipHash of each text in UTF-8, modulo the number of bins."""
    found = [siphash(in_utf8(text), key) % bins for text in x.flat]
    return np.array(found, np.int32).reshape(x.shape)


def crossed_texts(*xs: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each combination of texts, by their FarmHash, and of numbers, as they are."""
    found = [crossed(values) % bins for values in zip(*(x.flat for x in xs), strict=True)]
    return np.array(found, np.int32).reshape(xs[0].shape)


def crossed(values: Sequence[str | int]) -> int:
    """TensorFlow's ``FingerprintCat64`` over all values."""
    result = CROSS_START
    for value in values:
        number = farmhash(in_utf8(value)) if isinstance(value, str) else int(value)
        mixed = fold(number * CROSS_FACTOR) * CROSS_FACTOR
        result = fold(fold((result ^ CROSS_FACTOR ^ mixed) * CROSS_FACTOR) * CROSS_FACTOR)
    return result


def in_utf8(text: str) -> bytes:
    """The bytes of any text, also of halves of characters, which UTF-8 has no place for."""
    return text.encode(errors="surrogatepass")


def farmhash(text: bytes) -> int:
    """FarmHash's ``Fingerprint64``."""
    size = len(text)
    factor = K2 + 2 * size
    if size > 64:
        return farmhash_of_long(text)
    if size > 32:
        start = number_at(text, 0) * K2
        y, z = whirl(text, start, K2, factor)
        z = mix(y, z, factor)
        e, f = number_at(text, 16) * factor, number_at(text, 24)
        g = (y + number_at(text, size - 32)) * factor
        h = (z + number_at(text, size - 24)) * factor
        return mix(rotate(e + f, 43) + rotate(g, 30) + h, e + rotate(f + start, 18) + g, factor)
    if size > 16:
        return mix(*whirl(text, number_at(text, 0) * K1, K2, factor), factor)
    if size >= 8:
        a, b = number_at(text, 0) + K2, number_at(text, size - 8)
        return mix(rotate(b, 37) * factor + a, (rotate(a, 25) + b) * factor, factor)
    if size >= 4:
        front, back = number_at(text, 0, 4), number_at(text, size - 4, 4)
        return mix(size + (front << 3), back, factor)
    if size:
        sides, last = text[0] + (text[size // 2] << 8), size + (text[-1] << 2)
        return fold(sides * K2 ^ last * K0) * K2 & BITS64
    return K2


def whirl(text: bytes, a: int, turn: int, factor: int) -> tuple[int, int]:
    """The first and the last 16 bytes of a text; ``a`` stands for the first 8."""
    b, size = number_at(text, 8), len(text)
    c, d = number_at(text, size - 8) * factor, number_at(text, size - 16) * K2
    return rotate(a + b, 43) + rotate(c, 30) + d, a + rotate(b + turn, 18) + c


def farmhash_of_long(text: bytes) -> int:
    """The ``Fingerprint64`` of more than 64 bytes."""
    x, y = 81 * K2 + number_at(text, 0), 81 * K1 + 113
    z = fold(y * K2 + 113) * K2
    v = w = (0, 0)
    last = len(text) - 1
    for start in range(0, last // 64 * 64, 64):
        x, y, z, v, w = stir(text[start : start + 64], x, y, z, v, w, K1, 1)
    factor = K1 + 2 * (z & 0xFF)
    w = (w[0] + last % 64, w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = stir(text[-64:], x, y, z, v, w, factor, 9)
    first = mix(v[0], w[0], factor) + fold(y) * K0 + z
    return mix(first, mix(v[1], w[1], factor) + x, factor)


def stir(
    block: bytes,
    x: int,
    y: int,
    z: int,
    v: tuple[int, int],
    w: tuple[int, int],
    factor: int,
    weight: int,
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    """The state of FarmHash after 64 more bytes."""
    x = rotate(x + y + v[0] + number_at(block, 8), 37) * factor ^ w[1] * weight
    y = rotate(y + v[1] + number_at(block, 48), 42) * factor
    y += v[0] * weight + number_at(block, 40)
    z = rotate(z + w[0], 33) * factor
    v = weak(block[:32], v[1] * factor, x + w[0])
    w = weak(block[32:], z + w[1], y + number_at(block, 16))
    return z & BITS64, y & BITS64, x & BITS64, v, w


def weak(block: bytes, a: int, b: int) -> tuple[int, int]:
    """32 bytes and two numbers as two numbers, quick and dirty."""
    first, second, third, fourth = (number_at(block, place) for place in (0, 8, 16, 24))
    a += first
    b = rotate(b + a + fourth, 21) + a
    a += second + third
    return (a + fourth) & BITS64, (b + rotate(a, 44)) & BITS64


def siphash(text: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4."""
    a, b, c, d = (number ^ key[i % 2] for i, number in enumerate(SIPHASH_START))
    whole = len(text) // 8 * 8
    blocks = [number_at(text, place) for place in range(0, whole, 8)]
    blocks.append(number_at(text, whole) | len(text) % 256 << 56)
    for block in blocks:
        a, b, c, d = scramble(a, b, c, d ^ block, 2)
        a ^= block
    a, b, c, d = scramble(a, b, c ^ 0xFF, d, 4)
    return a ^ b ^ c ^ d


def scramble(a: int, b: int, c: int, d: int, rounds: int) -> tuple[int, int, int, int]:
    for _ in range(rounds):
        a, c = a + b & BITS64, c + d & BITS64
        b, d = rotate(b, 51) ^ a, rotate(d, 48) ^ c
        a, c = rotate(a, 32) + d & BITS64, c + b & BITS64
        b, d = rotate(b, 47) ^ c, rotate(d, 43) ^ a
        c = rotate(c, 32)
    return a, b, c, d


def mix(a: int, b: int, factor: int) -> int:
    a = fold((a ^ b) * factor)
    return fold((b ^ a) * factor) * factor & BITS64


def fold(a: int) -> int:
    a &= BITS64
    return a ^ a >> 47


def rotate(a: int, count: int) -> int:
    """Turned right in 64 bits."""
    a &= BITS64
    return (a >> count | a << 64 - count) & BITS64


def number_at(text: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(text[place : place + size], "little")

"""Sizes that only the data know: ``time``, ``2*time + 1``, ``(time - 2) // 2``.

A size is a number, or a polynomial over names and over quotients of such polynomials by a whole
number: all that windows, strides, padding, flattening and the cost of layers make of the sizes of
inputs. Layers compute with both alike. Names stand for sizes from 1 on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from kc.core.shape_error import ShapeError
from kc.core.text import listing

MAX_PARTS = 100
MAX_COEFFICIENT = 2**63
"""Bounds on the names, quotients and terms of one size, and on its numbers, so that no spec keeps a
checker busy.
"""
_SHOWN = 6
"""Terms of a long sum that are printed."""


class UnknownSizeError(ShapeError):
    """A number is needed, and there is a size that only the data know."""

    def __init__(self, message: str, sizes: Iterable[Size]) -> None:
        names = listing(names_in(sizes))
        super().__init__(message, f"give {names} a number in `model.inputs`")


@dataclass(frozen=True, slots=True)
class Quotient:
    """``top // divisor``, rounded down. Coefficients of ``top`` lie below the divisor."""

    top: Dimension
    divisor: int
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"({self.top.key})//{self.divisor}")

    def __str__(self) -> str:
        return f"{_in_brackets(self.top)} // {self.divisor}"

    def at(self, sizes: Mapping[str, int]) -> Size:
        return self.top.at(sizes) // self.divisor


Factor = str | Quotient
"""A name or a quotient."""
Product = tuple[Factor, ...]
"""Factors in a fixed order; none for the constant term."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A size that is no plain number. Equal sizes have equal terms, wherever that can be shown.

    A comparison that depends on the names, and whatever needs a number, raises UnknownSizeError.
    """

    terms: Mapping[Product, int]
    """Coefficients, without zeros, by their products in a fixed order."""
    key: str = field(init=False, repr=False, compare=False)
    """What tells it from others: written once, or nested quotients would be written ever again."""
    parts: int = field(init=False, repr=False, compare=False)
    """How long it is: its terms with the names and quotients in them."""

    def __post_init__(self) -> None:
        inner = (1 if isinstance(f, str) else 1 + f.top.parts for p in self.terms for f in p)
        object.__setattr__(self, "parts", len(self.terms) + sum(inner))
        terms = (f"{number}{''.join(_keys(product))}" for product, number in self.terms.items())
        object.__setattr__(self, "key", "+".join(terms))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dimension) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @staticmethod
    def named(name: str) -> Dimension:
        return Dimension({(name,): 1})

    # What it says

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it depends on."""
        found: set[str] = set()
        for product in self.terms:
            for factor in product:
                found.update((factor,) if isinstance(factor, str) else factor.top.names)
        return tuple(sorted(found))

    def at(self, sizes: Mapping[str, int]) -> Size:
        """The size where some or all names are known."""
        return total(
            coefficient * math.prod(_at(factor, sizes) for factor in product)
            for product, coefficient in self.terms.items()
        )

    def __str__(self) -> str:
        return format(self, "")

    def __format__(self, spec: str) -> str:
        """As text; the format is that of its numbers, as ``,`` for thousands."""
        terms = self.terms
        written = _shifted(self, spec) or [_term(p, number, spec) for p, number in terms.items()]
        if len(written) > _SHOWN:
            written = [*written[:_SHOWN], "+ ..."]
        return " ".join(written).removeprefix("+ ").replace("- ", "-", written[0][0] == "-")

    # Arithmetic

    def __add__(self, other: object) -> Size:
        if isinstance(other, float):
            self._need_number()
        return total((self, other)) if isinstance(other, int | Dimension) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dimension:
        return Dimension({product: -number for product, number in self.terms.items()})

    def __sub__(self, other: Size | float) -> Size:
        return self + -other

    def __rsub__(self, other: Size | float) -> Size:
        return -self + other

    def __mul__(self, other: object) -> Size:
        if isinstance(other, int):
            return polynomial({product: number * other for product, number in self.terms.items()})
        if isinstance(other, float):
            self._need_number()
        if not isinstance(other, Dimension):
            return NotImplemented
        if len(self.terms) * len(other.terms) > MAX_PARTS:
            raise _too_long()
        made: dict[Product, int] = {}
        for a, m in self.terms.items():
            for b, n in other.terms.items():
                product = tuple(sorted((*a, *b), key=_key))
                made[product] = made.get(product, 0) + m * n
        return bounded(polynomial(made))

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return bounded(_divided(self, self._divisor(other)))

    def __mod__(self, other: Size) -> Size:
        divisor = self._divisor(other)
        if any(number % divisor for product, number in self.terms.items() if product):
            raise UnknownSizeError(
                f"cannot tell whether `{self}` is a multiple of {divisor}", [self]
            )
        return self.terms.get((), 0) % divisor

    def _divisor(self, size: Size) -> int:
        if not isinstance(size, int) or size < 1:
            raise UnknownSizeError(f"cannot divide `{self}` by `{size}`", [self])
        return size

    def __rfloordiv__(self, other: int) -> NoReturn:
        raise UnknownSizeError(f"cannot divide {other} by the unknown size `{self}`", [self])

    def __rmod__(self, other: int) -> NoReturn:
        raise UnknownSizeError(f"cannot divide {other} by the unknown size `{self}`", [self])

    # Comparison

    def __lt__(self, other: Size) -> bool:
        return _decide(self - other, "below", self, other)

    def __ge__(self, other: Size) -> bool:
        return not self < other

    def __gt__(self, other: Size) -> bool:
        return _decide(other - self, "above", self, other)

    def __le__(self, other: Size) -> bool:
        return not self > other

    def __bool__(self) -> bool:
        if surely_below(0, self) or surely_below(self, 0):
            return True
        raise UnknownSizeError(f"cannot tell whether `{self}` is 0", [self])

    def __index__(self) -> int:
        self._need_number()

    def __float__(self) -> float:
        self._need_number()

    def __truediv__(self, other: Size | float) -> NoReturn:
        self._need_number()

    __rtruediv__ = __truediv__

    def _need_number(self) -> NoReturn:
        raise UnknownSizeError(f"needs a number, the size `{self}` is unknown", [self])


Size = int | Dimension
"""A number, or what names say of it."""


def bounded(size: Size) -> Size:
    """The size, if it is short enough to be computed with.

    Raises:
        ShapeError: when it is not.
    """
    if isinstance(size, Dimension) and (
        size.parts > MAX_PARTS or max(map(abs, size.terms.values())) > MAX_COEFFICIENT
    ):
        raise _too_long()
    return size


def total(sizes: Iterable[Size]) -> Size:
    """The sum; unlike that of ``sum``, its time does not grow with the length of the result."""
    found: dict[Product, int] = {}
    for size in sizes:
        for product, number in (((), size),) if isinstance(size, int) else size.terms.items():
            found[product] = found.get(product, 0) + number
    return polynomial(found)


def surely_below(a: Size, b: Size) -> bool:
    """Whether a is below b whatever the names stand for. For numbers, ``a < b``.

    For checks that may wait until the data say what a name stands for.
    """
    if isinstance(a, int) and isinstance(b, int):
        return a < b
    return _least(b - a, 0) > 0


def names_in(shape: Iterable[Size]) -> tuple[str, ...]:
    """The names that a shape depends on, each once."""
    found = (size.names for size in shape if isinstance(size, Dimension))
    return tuple(dict.fromkeys(name for names in found for name in names))


def polynomial(terms: Mapping[Product, int]) -> Size:
    """The sum of terms: a number where nothing else is left."""
    kept = {product: number for product, number in terms.items() if number}
    if not kept.keys() - {()}:
        return kept.get((), 0)
    # Many factors first, then in their order: time*width + 2*time + 1.
    return Dimension(dict(sorted(kept.items(), key=lambda t: (-len(t[0]), *_keys(t[0])))))


def _key(factor: Factor) -> str:
    return f"*{factor}" if isinstance(factor, str) else f"*{factor.key}"


def _keys(product: Product) -> list[str]:
    return [_key(factor) for factor in product]


def _divided(size: Dimension, divisor: int) -> Size:
    """The quotient, rounded down, in a form that equal quotients share."""
    if divisor == 1:
        return size
    first = next(iter(size.terms.values()))
    if first < 0:
        # Rounding up, as -(-time // 2), is (time + 1) // 2.
        return -((divisor - 1 - size) // divisor)
    whole = {product: number // divisor for product, number in size.terms.items()}
    rest = polynomial({product: number % divisor for product, number in size.terms.items()})
    if isinstance(rest, Dimension):
        return total((polynomial(whole), _proper(rest, divisor)))
    return polynomial(whole)


def _proper(top: Dimension, divisor: int) -> Size:
    """A quotient whose coefficients lie below the divisor."""
    constant = top.terms.get((), 0)
    others = {product: number for product, number in top.terms.items() if product}
    common = math.gcd(divisor, *others.values())
    if common > 1:
        # As that of 2*time + 3 by 4: it is (time + 1) // 2.
        shorter = {p: number // common for p, number in others.items()}
        return polynomial({**shorter, (): constant // common}) // (divisor // common)
    match list(others.items()):
        case [((Quotient(inner, by),), 1)]:
            # As that of time // 2 + 1 by 2: it is (time + 2) // 4.
            return (inner + constant * by) // (by * divisor)
        case _:
            return polynomial({(Quotient(top, divisor),): 1})


def _at(factor: Factor, sizes: Mapping[str, int]) -> Size:
    if isinstance(factor, Quotient):
        return factor.at(sizes)
    return sizes[factor] if factor in sizes else Dimension.named(factor)


def _least(size: Size, otherwise: int) -> int:
    """The least that a size can be; ``otherwise`` where there is no bound that is easily found."""
    if isinstance(size, int):
        return size
    least = 0
    for product, number in size.terms.items():
        factors = [_least_factor(factor) for factor in product]
        if product and (number < 0 or min(factors) < 0):
            return otherwise
        least += number * math.prod(factors)
    return least


def _least_factor(factor: Factor) -> int:
    if isinstance(factor, str):
        return 1
    return _least(factor.top, -1) // factor.divisor


def _decide(difference: Size, word: str, a: Size, b: Size) -> bool:
    """Whether a difference is below 0."""
    if surely_below(difference, 0):
        return True
    if surely_below(-1, difference):
        return False
    raise UnknownSizeError(f"cannot tell whether `{a}` is {word} `{b}`", [a, b])


def _too_long() -> ShapeError:
    return ShapeError(
        "makes a size that is too long to follow",
        "let fewer axes be unknown, or pad, crop or resize them to known sizes before",
    )


def _shifted(size: Dimension, spec: str) -> list[str]:
    """8*((time - 1) // 2) for 8*((time + 1) // 2) - 8; empty where that form does not exist."""
    [first, *_], constant = size.terms, size.terms.get((), 0)
    number = size.terms[first]
    if len(size.terms) > 2 or constant >= 0 or number < 0 or constant % number:
        return []
    match first:
        case (Quotient(top, divisor),):
            shifted = top + constant // number * divisor
            assert isinstance(shifted, Dimension)
            return [_term((Quotient(shifted, divisor),), number, spec)]
        case _:
            return []


def _in_brackets(size: Size) -> str:
    text = str(size)
    return f"({text})" if " " in text or "*" in text else text


def _term(product: Product, number: int, spec: str) -> str:
    """A term with its sign in front: ``- 2*time``."""
    alone = len(product) == 1 and number == 1
    factors = [f if isinstance(f, str) else f"{f}" if alone else f"({f})" for f in product]
    amount = abs(number)
    written = [format(amount, spec)] if amount != 1 or not product else []
    return f"{'-' if number < 0 else '+'} {'*'.join([*written, *factors])}"

"""Shapes in which some sizes are known only by the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index

from kc.core.dimension import Dimension, Product, Size, polynomial


def known(shape: Iterable[Size]) -> tuple[int, ...]:
    """A shape of which every size is a number.

    Raises:
        UnknownSizeError: when one is not.
    """
    return tuple(index(size) for size in shape)


def sizes_at(shape: Iterable[Size], sizes: Mapping[str, int]) -> tuple[Size, ...]:
    """A shape where some or all names are known."""
    return tuple(size if isinstance(size, int) else size.at(sizes) for size in shape)


def divide(size: Size, divisor: Size) -> Size | None:
    """The quotient where it can be shown that nothing remains."""
    if isinstance(size, int) and isinstance(divisor, int):
        return size // divisor if divisor and not size % divisor else None
    if isinstance(divisor, int):
        assert isinstance(size, Dimension)
        exact = divisor > 0 and not any(n % divisor for n in size.terms.values())
        return size // divisor if exact else None
    if isinstance(size, int) or len(divisor.terms) != 1:
        return 1 if size == divisor else None
    # Each term holds the factors of the divisor: 6*time*width by 2*time.
    [(factors, number)] = divisor.terms.items()
    made: dict[Product, int] = {}
    for product, coefficient in size.terms.items():
        rest = list(product)
        for factor in factors:
            if factor not in rest:
                return None
            rest.remove(factor)
        if coefficient % number:
            return None
        made[tuple(rest)] = coefficient // number
    return polynomial(made)

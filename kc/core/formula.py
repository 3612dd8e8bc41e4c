"""Formulas over arrays: ``x * sigmoid(1.7 * x)``.

The language of ``kc.core.expression`` with names for up to three arrays and a closed list of
functions. A formula runs and is printed from the same tree, so that generated code computes what kc
computes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from kc.core.expression import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    Cursor,
    ExpressionError,
    Number,
    evaluate,
    tokenize,
)
from kc.core.lazy import jax, jnp
from kc.core.text import did_you_mean

if TYPE_CHECKING:
    from jax import Array

MAX_TOKENS: Final = 128
MAX_INT32: Final = 2**31 - 1

ELEMENTWISE: Final[Mapping[str, str]] = {
    "abs": "jnp.abs",
    "ceil": "jnp.ceil",
    "cos": "jnp.cos",
    "erf": "jax.lax.erf",
    "exp": "jnp.exp",
    "expm1": "jnp.expm1",
    "floor": "jnp.floor",
    "log": "jnp.log",
    "log1p": "jnp.log1p",
    "relu": "jax.nn.relu",
    "round": "jnp.round",
    "sigmoid": "jax.nn.sigmoid",
    "sign": "jnp.sign",
    "sin": "jnp.sin",
    "softplus": "jax.nn.softplus",
    "sqrt": "jnp.sqrt",
    "square": "jnp.square",
    "tan": "jnp.tan",
    "tanh": "jnp.tanh",
}
"""Functions of one value, and what they are in JAX."""
PAIRWISE: Final[Mapping[str, str]] = {"max": "jnp.maximum", "min": "jnp.minimum"}
"""Functions of two values or more."""
REDUCTIONS: Final[Mapping[str, str]] = {
    "max": "jnp.max",
    "mean": "jnp.mean",
    "min": "jnp.min",
    "sum": "jnp.sum",
}
"""Functions of one value that reduce the last axis to size 1."""
FUNCTIONS: Final = sorted({*ELEMENTWISE, *PAIRWISE, *REDUCTIONS})
CONSTANTS: Final[Mapping[str, float]] = {"e": 2.718281828459045, "pi": 3.141592653589793}
ARRAYS: Final = ("x", "y", "z")
"""Names of the arrays, in their order."""

Extent = Literal["number", "row", "whole"]
"""What a part of a formula is: without an array, with a last axis of size 1, or of full shape."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<operator>\*\*|[-+*/(),]))"
)
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_BINARY: Final[Mapping[str, tuple[int, Callable[[Any, Any], Any]]]] = {
    "+": (_SUM, operator.add),
    "-": (_SUM, operator.sub),
    "*": (_PRODUCT, operator.mul),
    "/": (_PRODUCT, operator.truediv),
    "**": (_POWER, operator.pow),
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A part of a formula, and a formula as a whole; a function of the arrays."""

    def __call__(self, *arrays: Array) -> Array:
        """The value for arrays."""
        raise NotImplementedError

    def python(self) -> str:
        """The text of a Python expression over the arrays, ``jnp`` and ``jax``."""
        raise NotImplementedError

    @property
    def extent(self) -> Extent:
        raise NotImplementedError

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas that it combines."""
        return ()

    @property
    def precedence(self) -> int:
        return _ATOM

    @property
    def operations(self) -> int:
        """How many operations there are for each element."""
        return bool(self.parts) + sum(part.operations for part in self.parts)

    @property
    def arrays(self) -> int:
        """How many arrays it needs: one more than the place of the last one that it names."""
        return max((part.arrays for part in self.parts), default=0)

    @property
    def reduces(self) -> bool:
        """Whether it needs a last axis."""
        return any(part.reduces for part in self.parts)

    def within(self, precedence: int) -> str:
        """The text as an operand of an operator that binds as tightly as this."""
        return f"({self.python()})" if self.precedence < precedence else self.python()


@dataclass(frozen=True, slots=True)
class _Array(Formula):
    place: int

    def __call__(self, *arrays: Array) -> Array:
        return arrays[self.place]

    def python(self) -> str:
        return ARRAYS[self.place]

    @property
    def arrays(self) -> int:
        return self.place + 1

    @property
    def extent(self) -> Extent:
        return "whole"


@dataclass(frozen=True, slots=True)
class _Number(Formula):
    value: Number

    def __call__(self, *arrays: Array) -> Any:
        return self.value

    def python(self) -> str:
        return repr(self.value)

    @property
    def extent(self) -> Extent:
        return "number"

    @property
    def precedence(self) -> int:
        return _SIGN if self.value < 0 else _ATOM


@dataclass(frozen=True, slots=True)
class _Negation(Formula):
    inside: Formula

    def __call__(self, *arrays: Array) -> Array:
        return -self.inside(*arrays)

    def python(self) -> str:
        return f"-{self.inside.within(_SIGN)}"

    @property
    def extent(self) -> Extent:
        return self.inside.extent

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.inside,)

    @property
    def precedence(self) -> int:
        return _SIGN


@dataclass(frozen=True, slots=True)
class _Operation(Formula):
    symbol: str
    left: Formula
    right: Formula

    def __call__(self, *arrays: Array) -> Array:
        return _BINARY[self.symbol][1](self.left(*arrays), self.right(*arrays))

    def python(self) -> str:
        if self.symbol == "**":
            # Binds to the right, and tighter than a sign on its left but not on its right.
            return f"{self.left.within(_ATOM)}**{self.right.within(_SIGN)}"
        left, right = self.left.within(self.precedence), self.right.within(self.precedence + 1)
        return f"{left} {self.symbol} {right}"

    @property
    def extent(self) -> Extent:
        return _widest(self.left, self.right)

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.left, self.right)

    @property
    def precedence(self) -> int:
        return _BINARY[self.symbol][0]


@dataclass(frozen=True, slots=True)
class _Application(Formula):
    path: str
    """The function in JAX, as ``jnp.exp``."""
    arguments: tuple[Formula, ...]

    @property
    def along_axis(self) -> bool:
        return self.path in REDUCTIONS.values()

    def __call__(self, *arrays: Array) -> Array:
        module, *names = self.path.split(".")
        function: Any = {"jax": jax, "jnp": jnp}[module]
        for name in names:
            function = getattr(function, name)
        options = {"axis": -1, "keepdims": True} if self.along_axis else {}
        return function(*(argument(*arrays) for argument in self.arguments), **options)

    def python(self) -> str:
        arguments = [argument.python() for argument in self.arguments]
        arguments += ["axis=-1", "keepdims=True"] if self.along_axis else []
        return f"{self.path}({', '.join(arguments)})"

    @property
    def extent(self) -> Extent:
        return "row" if self.along_axis else _widest(*self.arguments)

    @property
    def parts(self) -> tuple[Formula, ...]:
        return self.arguments

    @property
    def reduces(self) -> bool:
        return self.along_axis or any(part.reduces for part in self.arguments)


def _widest(*parts: Formula) -> Extent:
    extents = [part.extent for part in parts]
    return next(e for e in ("whole", "row", "number") if e in extents)


def parse_formula(text: str) -> Formula:
    """The formula that a text writes.

    Raises:
        ExpressionError: when it is none, is beyond the limits, or does not use an array.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError("limit", f"the formula has more than {MAX_CHARACTERS} characters")
    parser = _Parser(tokenize(text, _TOKEN, MAX_TOKENS, "formula", _refused))
    found = parser.sum(_SUM, 0)
    if parser.peek():
        raise ExpressionError("syntax", f"unexpected `{parser.peek()}` in `{text.strip()}`")
    if found.extent == "number":
        raise ExpressionError("value", f"`{text.strip()}` does not use the input, `{ARRAYS[0]}`")
    return found


def _refused(rest: str) -> str:
    advice = ": a power is written `**`" if rest.startswith("^") else ""
    return f"`{rest}` is not part of a formula{advice}"


class _Parser(Cursor):
    """Precedence climbing; parts without an array are computed as they are read."""

    def sum(self, precedence: int, depth: int) -> Formula:
        """Operators that bind at least as tightly as ``precedence``, powers left out."""
        left = self.unary(depth)
        while self.peek() in {"+", "-", "*", "/"}:
            binding = _BINARY[self.peek()][0]
            if binding < precedence:
                break
            symbol = self.next()
            left = _operation(symbol, left, self.sum(binding + 1, depth + 1))
        return left

    def unary(self, depth: int) -> Formula:
        if depth > MAX_DEPTH:
            raise ExpressionError("limit", f"the formula is nested deeper than {MAX_DEPTH}")
        if self.peek() not in {"-", "+"}:
            return self.power(depth)
        sign, inside = self.next(), self.unary(depth + 1)
        if sign == "+":
            return inside
        return _Number(-inside.value) if isinstance(inside, _Number) else _Negation(inside)

    def power(self, depth: int) -> Formula:
        base = self.atom(depth)
        if self.peek() != "**":
            return base
        self.next()
        return _operation("**", base, self.unary(depth + 1))

    def atom(self, depth: int) -> Formula:
        token = self.next()
        if token == "(":
            inside = self.sum(_SUM, depth + 1)
            self.expect(")")
            return inside
        if token in ARRAYS:
            return _Array(ARRAYS.index(token))
        if token in CONSTANTS:
            return _Number(CONSTANTS[token])
        if token[:1].isdigit() or token[:1] == ".":
            return _number(token)
        if token.isidentifier():
            return self.application(token, depth)
        raise ExpressionError(
            "syntax", f"expected a value, found {f'`{token}`' if token else 'the end'}"
        )

    def application(self, name: str, depth: int) -> Formula:
        if name not in FUNCTIONS:
            listed = f"the functions are {', '.join(FUNCTIONS)}"
            advice = did_you_mean(name, FUNCTIONS) or listed
            raise ExpressionError("name", f"a formula has nothing called `{name}`: {advice}", name)
        self.expect("(")
        arguments = [self.sum(_SUM, depth + 1)]
        while self.peek() == ",":
            self.next()
            arguments.append(self.sum(_SUM, depth + 1))
        self.expect(")")
        return _apply(name, arguments)


def _number(text: str) -> _Number:
    value = evaluate(text, {})
    # Where whole numbers go beyond int32, JAX would refuse them beside floats.
    return _Number(float(value) if abs(value) > MAX_INT32 else value)


def _operation(symbol: str, left: Formula, right: Formula) -> Formula:
    if isinstance(left, _Number) and isinstance(right, _Number):
        return _number(f"({left.value!r}) {symbol} ({right.value!r})")
    return _Operation(symbol, left, right)


def _apply(name: str, arguments: list[Formula]) -> Formula:
    if len(arguments) == 1 and name in REDUCTIONS:
        if arguments[0].extent == "number":
            raise ExpressionError("value", f"`{name}` of one number: it is taken along an axis")
        return _Application(REDUCTIONS[name], tuple(arguments))
    if name in PAIRWISE:
        first, *others = arguments
        for other in others:
            first = _Application(PAIRWISE[name], (first, other))
        return first
    if len(arguments) != 1:
        raise ExpressionError("syntax", f"`{name}` takes one value, not {len(arguments)}")
    return _Application(ELEMENTWISE[name], tuple(arguments))

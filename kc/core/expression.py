"""Arithmetic in specs: ``4*$width``, ``1/16``, ``min($a, 8)``.

A tokenizer and a precedence parser of our own, with bounds on length, depth and size. Python's
``ast`` crashes on hostile text, and a power is refused before it is computed.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kc.core import codes
from kc.core.diagnostic import Code

Number = int | float

MAX_CHARACTERS: Final = 256
MAX_TOKENS: Final = 64
MAX_DEPTH: Final = 16
MAX_INTEGER: Final = 2**63

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>\$[A-Za-z_][A-Za-z0-9_.]*)|(?P<function>min|max)\b"
    r"|(?P<operator>\*\*|//|[-+*/%(),]))"
)
_BINARY: Final[Mapping[str, tuple[int, Callable[[Number, Number], Number]]]] = {
    "+": (1, operator.add),
    "-": (1, operator.sub),
    "*": (2, operator.mul),
    "/": (2, operator.truediv),
    "//": (2, operator.floordiv),
    "%": (2, operator.mod),
}


_CODES: Final[Mapping[str, Code]] = {
    "syntax": codes.EXPRESSION_SYNTAX,
    "limit": codes.EXPRESSION_LIMIT,
    "value": codes.EXPRESSION_VALUE,
    "fraction": codes.EXPRESSION_VALUE,
    "name": codes.UNKNOWN_NAME,
}


class ExpressionError(Exception):
    """Text without a value. ``kind`` is a key of ``_CODES``."""

    def __init__(self, kind: str, message: str, name: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.name = name

    @property
    def code(self) -> Code:
        return _CODES[self.kind]


def looks_like_expression(text: str) -> bool:
    """Whether every word of the text could stand in an expression."""
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            return False
        position = token.end()
    return position > 0


def evaluate(text: str, names: Mapping[str, object]) -> Number:
    """The value of an expression over ``names``.

    Raises:
        ExpressionError: when the text is no expression, is beyond the limits, or has no value.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError("limit", f"the expression has more than {MAX_CHARACTERS} characters")
    parser = _Parser(_tokens(text), names)
    value = parser.sum(1, 0)
    if parser.peek():
        raise ExpressionError("syntax", f"unexpected `{parser.peek()}` in `{text.strip()}`")
    return value


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].strip()
            raise ExpressionError("syntax", f"`{rest}` is not part of the language of expressions")
        tokens.append(match.group().strip())
        position = match.end()
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError("limit", f"the expression has more than {MAX_TOKENS} parts")
    return tokens


@dataclass(slots=True)
class _Parser:
    """Precedence climbing; evaluates as it reads."""

    tokens: list[str]
    names: Mapping[str, object]
    position: int = 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, token: str) -> None:
        found = self.next()
        if found != token:
            raise ExpressionError(
                "syntax", f"expected `{token}`, found {f'`{found}`' if found else 'the end'}"
            )

    def sum(self, precedence: int, depth: int) -> Number:
        """Operators that bind at least as tightly as ``precedence``."""
        left = self.unary(depth)
        while (found := _BINARY.get(self.peek())) and found[0] >= precedence:
            symbol = self.next()
            right = self.sum(found[0] + 1, depth + 1)
            left = _checked(symbol, left, right, found[1])
        return left

    def unary(self, depth: int) -> Number:
        if depth > MAX_DEPTH:
            raise ExpressionError("limit", f"the expression is nested deeper than {MAX_DEPTH}")
        if self.peek() in {"-", "+"}:
            sign = self.next()
            value = self.unary(depth + 1)
            return -value if sign == "-" else value
        return self.power(depth)

    def power(self, depth: int) -> Number:
        base = self.atom(depth)
        if self.peek() != "**":
            return base
        self.next()
        # Right-associative, and tighter than a sign on its left but not on its right: -2**-1.
        return _power(base, self.unary(depth + 1))

    def atom(self, depth: int) -> Number:
        token = self.next()
        if token == "(":
            value = self.sum(1, depth + 1)
            self.expect(")")
            return value
        if token in {"min", "max"}:
            return self.extreme(min if token == "min" else max, depth)
        if token.startswith("$"):
            return self.named(token[1:])
        if token[:1].isdigit() or token[:1] == ".":
            return _bounded(int(token) if token.isdigit() else float(token))
        raise ExpressionError(
            "syntax", f"expected a number, found {f'`{token}`' if token else 'the end'}"
        )

    def extreme(self, function: Callable[..., Number], depth: int) -> Number:
        self.expect("(")
        values = [self.sum(1, depth + 1)]
        while self.peek() == ",":
            self.next()
            values.append(self.sum(1, depth + 1))
        self.expect(")")
        return function(values)

    def named(self, name: str) -> Number:
        if name not in self.names:
            raise ExpressionError("name", f"nothing is called `${name}`", name)
        value = self.names[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError("value", f"`${name}` is not a number")
        return _bounded(value)


def _checked(
    symbol: str, left: Number, right: Number, function: Callable[[Number, Number], Number]
) -> Number:
    if symbol in {"/", "//", "%"} and right == 0:
        raise ExpressionError("value", "division by zero")
    try:
        return _bounded(function(left, right))
    except OverflowError:
        raise ExpressionError("limit", "a value of the expression is too large") from None


def _power(base: Number, exponent: Number) -> Number:
    # Bounds the size of the result before it is computed: 9**9**9 has 370 million digits.
    if base != 0 and abs(exponent) * abs(math.log2(abs(base) or 1)) > 1024:
        raise ExpressionError("limit", "a power in the expression is too large")
    if isinstance(base, int) and abs(exponent) > 1024 and abs(base) > 1:
        raise ExpressionError("limit", "a power in the expression is too large")
    try:
        value = base**exponent
    except (OverflowError, ZeroDivisionError):
        raise ExpressionError("value", f"`{base} ** {exponent}` has no value") from None
    if isinstance(value, complex):
        raise ExpressionError("value", f"`{base} ** {exponent}` is no real number")
    return _bounded(value)


def _bounded(value: Number) -> Number:
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError("limit", "a value of the expression is not finite")
    if abs(value) > MAX_INTEGER:
        raise ExpressionError("limit", "a value of the expression is beyond 2^63")
    return value

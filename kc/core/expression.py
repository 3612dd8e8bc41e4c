"""Arithmetic in specs, ``4*$width``, ``min($a, 8)``, and conditions, ``$depth > 2 and $wide``.

A tokenizer and a precedence parser of our own, with bounds on length, depth and size. Python's
``ast`` crashes on hostile text, and a power is refused before it is computed.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kc.core import codes
from kc.core.diagnostic import Code

Number = int | float
Value = bool | int | float | str

MAX_CHARACTERS: Final = 256
MAX_TOKENS: Final = 64
MAX_DEPTH: Final = 16
MAX_INTEGER: Final = 2**63

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>\$[A-Za-z_][A-Za-z0-9_.]*)|(?P<function>min|max)\b"
    r"|(?P<operator>\*\*|//|[-+*/%(),]))"
)
_CONDITION_TOKEN = re.compile(
    _TOKEN.pattern[:-1] + r"|(?P<comparison>[=!<>]=|[<>])|(?P<word>(?:and|or|not|true|false)\b)"
    r"""|(?P<text>'[^']*'|"[^"]*"))"""
)
_ARITHMETIC: Final[Mapping[str, tuple[int, Callable[[Number, Number], Number]]]] = {
    "+": (5, operator.add),
    "-": (5, operator.sub),
    "*": (6, operator.mul),
    "/": (6, operator.truediv),
    "//": (6, operator.floordiv),
    "%": (6, operator.mod),
}
_ORDER: Final[Mapping[str, Callable[[Number, Number], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PRECEDENCE: Final[Mapping[str, int]] = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*_ORDER, "==", "!="), 4),
    **{symbol: precedence for symbol, (precedence, _) in _ARITHMETIC.items()},
}
"""How tightly operators bind; ``not`` stands between ``and`` and comparisons."""
_NOT: Final = 3
_TRUTH: Final = {"true": True, "false": False}


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
    """The value of an arithmetic expression over ``names``.

    Raises:
        ExpressionError: when the text is no expression, is beyond the limits, or has no value.
    """
    return _number(_value(text, names, _TOKEN))


def condition(text: str, names: Mapping[str, object]) -> bool:
    """Whether a condition over ``names`` holds: comparisons, ``and``, ``or``, ``not``.

    Raises:
        ExpressionError: as ``evaluate``.
    """
    return _truth(_value(text, names, _CONDITION_TOKEN))


def _value(text: str, names: Mapping[str, object], token: re.Pattern[str]) -> Value:
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError("limit", f"the expression has more than {MAX_CHARACTERS} characters")
    parts = tokenize(text, token, MAX_TOKENS, "expression", _refused)
    parser = _Parser(parts, names, token is _CONDITION_TOKEN)
    value = parser.binary(1, 0)
    if parser.peek():
        raise ExpressionError("syntax", f"unexpected `{parser.peek()}` in `{text.strip()}`")
    return value


def _refused(rest: str) -> str:
    return f"`{rest}` is not part of the language of expressions"


def tokenize(
    text: str, token: re.Pattern[str], most: int, what: str, refused: Callable[[str], str]
) -> list[str]:
    """The tokens of a text.

    Args:
        text: what is written.
        token: a token with the blanks before it.
        most: how many tokens there may be.
        what: what the text is, as a message calls it.
        refused: the message about a rest that begins with no token.

    Raises:
        ExpressionError: when a part is no token, or there are too many.
    """
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = token.match(text, position)
        if match is None:
            raise ExpressionError("syntax", refused(text[position:].strip()))
        tokens.append(match.group().strip())
        position = match.end()
    if len(tokens) > most:
        raise ExpressionError("limit", f"the {what} has more than {most} parts")
    return tokens


@dataclass(slots=True)
class Cursor:
    """A place in a list of tokens, as parsers move it."""

    tokens: list[str]
    position: int = field(default=0, init=False)

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


@dataclass(slots=True)
class _Parser(Cursor):
    """Precedence climbing; evaluates as it reads."""

    names: Mapping[str, object]
    logical: bool
    """Whether names may stand for words and truth values."""

    def binary(self, precedence: int, depth: int) -> Value:
        """Operators that bind at least as tightly as ``precedence``."""
        left = self.unary(depth)
        while (found := _PRECEDENCE.get(self.peek(), 0)) >= precedence:
            symbol = self.next()
            left = _applied(symbol, left, self.binary(found + 1, depth + 1))
        return left

    def unary(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise ExpressionError("limit", f"the expression is nested deeper than {MAX_DEPTH}")
        if self.peek() == "not":
            self.next()
            return not _truth(self.binary(_NOT + 1, depth + 1))
        if self.peek() in {"-", "+"}:
            sign = self.next()
            value = _number(self.unary(depth + 1))
            return -value if sign == "-" else value
        return self.power(depth)

    def power(self, depth: int) -> Value:
        base = self.atom(depth)
        if self.peek() != "**":
            return base
        self.next()
        # Right-associative, and tighter than a sign on its left but not on its right: -2**-1.
        return _power(_number(base), _number(self.unary(depth + 1)))

    def atom(self, depth: int) -> Value:
        token = self.next()
        if token == "(":
            value = self.binary(1, depth + 1)
            self.expect(")")
            return value
        if token in {"min", "max"}:
            return self.extreme(min if token == "min" else max, depth)
        if token in _TRUTH:
            return _TRUTH[token]
        if token.startswith("$"):
            return self.named(token[1:])
        if token[:1] in {"'", '"'}:
            return token[1:-1]
        if token[:1].isdigit() or token[:1] == ".":
            return _bounded(int(token) if token.isdigit() else float(token))
        raise ExpressionError(
            "syntax", f"expected a number, found {f'`{token}`' if token else 'the end'}"
        )

    def extreme(self, function: Callable[..., Number], depth: int) -> Number:
        self.expect("(")
        values = [self.binary(1, depth + 1)]
        while self.peek() == ",":
            self.next()
            values.append(self.binary(1, depth + 1))
        self.expect(")")
        return function([_number(value) for value in values])

    def named(self, name: str) -> Value:
        if name not in self.names:
            raise ExpressionError("name", f"nothing is called `${name}`", name)
        value = self.names[name]
        if self.logical and isinstance(value, bool | str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ExpressionError("value", f"`${name}` is not a number")
        return _bounded(value)


def _number(value: Value) -> Number:
    if isinstance(value, bool | str):
        raise ExpressionError("value", f"`{_shown(value)}` is not a number")
    return value


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError("value", f"`{_shown(value)}` is neither true nor false")
    return value


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _applied(symbol: str, left: Value, right: Value) -> Value:
    if symbol in {"and", "or"}:
        both, either = _truth(left) and _truth(right), _truth(left) or _truth(right)
        return both if symbol == "and" else either
    if symbol in {"==", "!="}:
        return (left == right) is (symbol == "==")
    if order := _ORDER.get(symbol):
        return order(_number(left), _number(right))
    return _checked(symbol, _number(left), _number(right), _ARITHMETIC[symbol][1])


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

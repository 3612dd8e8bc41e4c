"""YAML 1.2's core rules for unquoted words.

Unlike YAML 1.1: ``1e-3`` is a float, ``on`` and ``no`` are words, ``010`` is ten, ``12:30`` is a
word.
"""

from __future__ import annotations

import math
import re

from kc.compiler.source.limits import INTEGER_BITS
from kc.core.tree import Plain

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Plain] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 400  # a float of more digits is no honest number, and int() of many is slow


class NumberSizeError(ValueError):
    """A number beyond 64 bits, or one that is not finite."""


def resolve(text: str) -> Plain:
    """The value of an unquoted word.

    Raises:
        NumberSizeError: for a whole number outside of 64 bits, infinity and NaN.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise NumberSizeError("the value is not finite")
    if _INTEGER.fullmatch(text) or _BASED.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
        if not math.isfinite(value):
            raise NumberSizeError("the number is too large")
        return value
    return text


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise NumberSizeError("the number is too large")
    value = int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if not -(2**INTEGER_BITS) <= value < 2**INTEGER_BITS:
        raise NumberSizeError("the number does not fit 64 bits")
    return value

"""Diagnostics for what is wrong with data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kc.core.data import DataError
from kc.core.diagnostic import failure
from kc.core.span import Span
from kc.core.tree import Path

T = TypeVar("T")
Place = Callable[[Path, str | None], Span | None]
"""Where a part of the spec, or a word in it, was written."""


def placed(function: Callable[[], T], place: Place | None = None) -> T:
    """Call a function; an error of its data becomes a diagnostic at a place.

    Raises:
        CompileError: in place of a DataError.
    """
    try:
        return function()
    except DataError as error:
        span = error.span or (place(error.path, error.word) if place else None)
        raise failure(error.code, error.message, at=span, help=error.help) from None

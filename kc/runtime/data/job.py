"""The examples of a training job: read, divided, checked, in the model's types."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Callable
from typing import TypeVar

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.data import DataError
from kc.core.diagnostic import failure
from kc.core.span import Span
from kc.core.tree import Path
from kc.runtime.data.fingerprint import fingerprint
from kc.runtime.data.sizes import prepare_examples
from kc.runtime.data.split import Splits, split

T = TypeVar("T")
Place = Callable[[Path, str | None], Span | None]
"""Where a part of the spec, or a word in it, was written."""


def examples(plan: Plan, folder: pathlib.Path) -> Splits:
    """Read what the section ``data`` names: raw inputs. Paths are relative to ``folder``.

    Raises:
        CompileError: at the source's place, when the data cannot be used.
    """
    data = plan.data
    if data is None:
        raise failure(
            codes.NO_DATA,
            "the spec has no section `data`",
            help="add `data: {source: ...}`, or train from Python with `kc.load(...).fit(x, y)`",
        )

    def read() -> Splits:
        # Checked before they are divided, so that messages count examples as the file does.
        return split(prepare_examples(plan, data.source.load(folder)), data.split)

    files = data.source.files()
    return placed(read, lambda path, word: plan.place(path, word or next(iter(files), None)))


def data_hash(parts: Splits) -> str:
    """Fingerprint of all examples, whatever they are for."""
    found = [fingerprint(part) for part in (parts.train, parts.validation, parts.test) if part]
    return hashlib.sha256(" ".join(found).encode()).hexdigest()


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

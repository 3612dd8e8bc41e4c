"""``kc validate --fix`` and ``--diff``: the safe corrections of a spec, applied or shown."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import typer

from kc.cli import render
from kc.cli.escape import escape
from kc.cli.options import folder_of, read_spec
from kc.compiler.pipeline import Options, check
from kc.compiler.source.files import read_bytes
from kc.compiler.source.reader import decode
from kc.core.diagnostic import CompileError, Diagnostic, Report
from kc.core.fix import Fix, apply
from kc.core.span import SourceText

MOST_ROUNDS: Final = 10
"""A fix may uncover the next one; texts that need more rounds are mended by calling again."""
_MARK = b"\xef\xbb\xbf"
"""What some editors put at the beginning of UTF-8 files."""


class Mended(NamedTuple):
    """A text before and after its fixes, and a line about each."""

    before: SourceText
    after: SourceText
    lines: Sequence[str]


def fix_all(paths: Sequence[str], options: Options) -> None:
    """Mend files in their places; what cannot be read is left to checking it.

    Of the standard input, print the mended text, and its findings beside it; then leave.
    """
    for path in paths:
        mended = mend(path, options)
        if mended is None or not (mended.lines or path == "-"):
            continue
        for line in mended.lines:
            print(f"fixed {escape(line)}", file=sys.stderr)
        if path == "-":
            sys.stdout.write(mended.after.text)
            left = findings(mended.after, path, options)
            render.show(left)
            raise typer.Exit(render.exit_code(left))
        save(path, mended)


def show_all(paths: Sequence[str], options: Options) -> NoReturn:
    """Print what mending would change, change nothing, and leave with 1 if it is anything."""
    lines = [line for path in paths if (found := mend(path, options)) for line in difference(found)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    raise typer.Exit(render.ExitCode.FINDINGS if lines else render.ExitCode.CLEAN)


def mend(path: str, options: Options) -> Mended | None:
    """What the safe fixes make of a spec; None when it cannot be read."""
    try:
        before = read_spec(path)
    except CompileError:
        return None
    text, lines = before, list[str]()
    for _ in range(MOST_ROUNDS):
        left = findings(text, path, options)
        found = {d.fix: d for d in left if d.fix and _is_ours(d.fix, text)}
        text, applied = apply(text, list(found))
        if not applied:
            break
        lines += [f"{found[fix].span}: {found[fix].code.id}: {fix.title}" for fix in applied]
    return Mended(before, text, lines)


def findings(source: SourceText, path: str, options: Options) -> Sequence[Diagnostic]:
    """What checking a text finds, as if it were in a file."""
    report = Report()
    try:
        check(source, replace(options, folder=folder_of(path)), report)
    except CompileError as error:
        return error.report.diagnostics
    return report.diagnostics


def _is_ours(fix: Fix, source: SourceText) -> bool:
    """Whether a fix is safe, and of the checked text alone: bases are not touched."""
    return fix.safe and all(edit.span.source is source for edit in fix.edits)


def save(path: str, mended: Mended) -> None:
    """Put the text in the place of the old one, all at once; a link stays one."""
    data = read_bytes(path)
    if decode(path, data).text != mended.before.text:
        raise render.usage_error(f"`{path}` has changed in the meantime", "run kc again")
    mark = _MARK if data.startswith(_MARK) else b""
    target = Path(path).resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mark + mended.after.text.encode("utf-8"))
                os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise render.usage_error(f"cannot write `{path}`: {error.strerror}") from None


def difference(mended: Mended) -> Iterator[str]:
    """The lines of a unified difference."""
    name = escape(mended.before.name)
    before, after = mended.before.lines, mended.after.lines
    for line in difflib.unified_diff(before, after, name, name, lineterm=""):
        yield escape(line)

"""Arguments and options that several commands take, and how they read a spec."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.compiler.source.files import read_file
from kc.compiler.source.limits import FILE_BYTES
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.core.span import SourceText

if TYPE_CHECKING:
    from kc.compiler.pipeline import Compiled

SpecPath = Annotated[
    str, typer.Argument(metavar="SPEC", help="Path of a spec; `-` is the standard input.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change one value: `training.epochs=5`. Repeatable."
    ),
]
Device = Annotated[
    str | None, typer.Option(metavar="NAME", help="cpu, gpu or tpu; JAX's own choice by default.")
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write there, not to the standard output."),
]


def read_spec(path: str) -> SourceText:
    """The text of a spec that an argument names.

    Raises:
        CompileError: when it cannot be read.
    """
    if path == "-":
        return decode("<stdin>", sys.stdin.buffer.read(FILE_BYTES + 1))
    return read_file(path)


def compile_spec(path: str, overrides: Sequence[str] | None) -> Compiled:
    """The spec that an argument names, compiled; warnings are shown.

    Raises:
        CompileError: when it holds errors.
    """
    from kc.compiler.pipeline import compile

    report = Report()
    compiled = compile(read_spec(path), overrides or (), report)
    render.show(report)
    return compiled


def write(content: str | bytes, output: Path | None) -> None:
    """Put content into a file, or a text on the standard output."""
    if output is None:
        sys.stdout.write(str(content))
        return
    try:
        output.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise render.usage_error(f"cannot write `{output}`: {error.strerror}") from None
    print(f"wrote {output}", file=sys.stderr)

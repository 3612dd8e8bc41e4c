"""Arguments and options that several commands take, and how they read a spec."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.compiler.compose.options import Options
from kc.compiler.source.files import read_file
from kc.compiler.source.limits import FILE_BYTES
from kc.compiler.source.reader import decode
from kc.core import codes
from kc.core.diagnostic import Report, failure
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
Profiles = Annotated[
    list[str] | None,
    typer.Option(
        "--profile", metavar="NAME", help="Lay a part of `profiles` over the spec. Repeatable."
    ),
]
Root = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder that `extends` may read; that of the spec by default."
    ),
]
Device = Annotated[
    str | None, typer.Option(metavar="NAME", help="cpu, gpu or tpu; JAX's own choice by default.")
]
AllowPlugins = Annotated[
    bool,
    typer.Option(
        "--allow-plugins", help="Run code: the plugins of the spec, and those of packages."
    ),
]
Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="Run this plugin. Repeatable."),
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


def folder_of(path: str) -> Path:
    """Where the paths of a spec begin."""
    return Path() if path == "-" else Path(path).parent


def use_plugins(files: Sequence[str] | None, installed: bool) -> None:
    """Make entries of plugin files, and of installed packages, known.

    Raises:
        CompileError: when one cannot be used.
    """
    from kc.library import plugins

    try:
        if installed:
            plugins.use_installed()
        for file in files or ():
            plugins.use_file(Path(file).parent, Path(file).name)
    except plugins.PluginError as error:
        raise failure(codes.PLUGIN, error.message, at=error.at, help=error.help) from None


def changes(
    overrides: Sequence[str] | None,
    profiles: Sequence[str] | None,
    root: Path | None,
    folder: Path | None = None,
) -> Options:
    """What the options of a command say about a spec, which may name files of a folder."""
    return Options(overrides or (), profiles or (), folder, root)


def compile_spec(path: str, options: Options, allow_plugins: bool = False) -> Compiled:
    """The spec that an argument names, compiled; warnings are shown.

    Raises:
        CompileError: when it holds errors.
    """
    from kc.compiler.pipeline import compile

    report = Report()
    folder = folder_of(path)
    options = replace(options, folder=folder)
    compiled = compile(read_spec(path), options, report, folder if allow_plugins else None)
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

"""``kc validate``: check specs, without JAX and without running anything of theirs."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from kc.cli import render
from kc.cli.options import AllowPlugins, Overrides, folder_of, read_spec
from kc.cli.render import Format
from kc.compiler.pipeline import check
from kc.compiler.source.files import read_bytes, unreadable
from kc.core.diagnostic import CompileError, Diagnostic, Report

_SUFFIXES = (".yaml", ".yml")
_SPEC = re.compile(rb"""^[\s{]*["']?kc["']?[ \t]*:""", re.MULTILINE)
_PEEK_BYTES = 65_536


def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Specs, folders to search for YAML files with a `kc:` line, or `-` for the "
            "standard input.",
        ),
    ],
    format: Annotated[Format, typer.Option(help="How findings are printed.")] = Format.FULL,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    overrides: Overrides = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Check specs: names, types, shapes, losses. Trains nothing, loads no data, runs no code.

    \b
    Examples:
      kc validate spec.yaml
      kc validate specs/ --strict
      kc validate spec.yaml --set training.batch_size=64
      cat spec.yaml | kc validate -
      kc validate . --format github     # annotations in a pull request

    Exit code 0: no errors. 1: errors, or warnings with --strict. 2: a path cannot be read.
    """
    report = Report()
    names: list[str] = []
    for name in _specs(paths, report):
        names.append(name)
        report.diagnostics.extend(_findings(name, overrides or (), allow_plugins))
    shown = ["<stdin>" if name == "-" else name for name in names or paths]
    closing = render.closing_line(report.diagnostics, shown)
    render.show(report, format, closing=closing, file=sys.stdout)
    raise typer.Exit(render.exit_code(report, strict=strict))


def _findings(name: str, overrides: Sequence[str], allow_plugins: bool) -> Sequence[Diagnostic]:
    report = Report()
    try:
        check(read_spec(name), overrides, report, folder_of(name) if allow_plugins else None)
    except CompileError as error:
        return error.report.diagnostics
    return report.diagnostics


def _specs(paths: Sequence[str], report: Report) -> Iterator[str]:
    """Specs to check: files as given, and what folders hold."""
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        inside = list(_inside(path))
        if not inside:
            error = unreadable(path, "the folder holds no YAML file with a `kc:` line")
            report.diagnostics.extend(error.report)
        yield from inside


def _inside(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if name.endswith(_SUFFIXES) and path.is_file() and _is_spec(str(path)):
                yield str(path)


def _is_spec(path: str) -> bool:
    try:
        return _SPEC.search(read_bytes(path, _PEEK_BYTES)) is not None
    except CompileError:
        return True  # checking it says what is wrong

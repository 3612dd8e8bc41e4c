"""``kc lock``: write down what specs mean, for ``kc validate --locked`` to compare with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kc.cli import render
from kc.cli.escape import escape
from kc.cli.options import Root, folder_of, read_spec
from kc.cli.specs import find_specs
from kc.compiler.pipeline import Options, check
from kc.core.diagnostic import CompileError, Report


def lock(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="SPEC", help="Specs, patterns, or folders to search for them."),
    ],
    root: Root = None,
) -> None:
    """Write down what specs mean, in a file beside each: `spec.lock.json` for `spec.yaml`.

    `kc validate --locked` compares with it: comments and spelling may change, the model may not.

    \b
    Examples:
      kc lock spec.yaml
      kc lock specs/
    """
    report = Report()
    for name in find_specs(paths, report):
        try:
            _lock(name, root, report)
        except CompileError as error:
            report.absorb(error.report)
    render.show(report)
    raise typer.Exit(render.exit_code(report))


def _lock(name: str, root: Path | None, report: Report) -> None:
    from kc.cli.lockfile import lock_of, lock_path, write_lock

    if name == "-":
        raise render.usage_error("the standard input has no lock", "name a file")
    source, found = read_spec(name), Report()
    checked = check(source, Options(folder=folder_of(name), root=root), found)
    report.absorb(found)
    if checked is None:
        return
    path = lock_path(name)
    try:
        write_lock(lock_of(source, *checked), path)
    except OSError as error:
        raise render.usage_error(f"cannot write `{path}`: {error.strerror}") from None
    print(f"wrote {escape(str(path))}", file=sys.stderr)

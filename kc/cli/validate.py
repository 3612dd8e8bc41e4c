"""``kc validate``: check specs, without JAX and without running anything of theirs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from kc.cli import render
from kc.cli.options import (
    AllowPlugins,
    Output,
    Overrides,
    Profiles,
    Root,
    changes,
    folder_of,
    read_spec,
    write,
)
from kc.cli.parallel import each
from kc.cli.render import FailOn, Format
from kc.cli.specs import find_specs
from kc.compiler.pipeline import Options, check
from kc.core.diagnostic import CompileError, Diagnostic, Report
from kc.core.text import count

_COLLECT_AFTER = 100_000  # objects; Python's own default is 700


def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Specs, patterns such as `specs/**/*.yaml`, folders to search for YAML files with "
            "a `kc:` line, or `-` for the standard input.",
        ),
    ],
    format: Annotated[Format, typer.Option(help="How findings are written.")] = Format.FULL,
    output: Output = None,
    fail_on: Annotated[FailOn, typer.Option(help="What exit code 1 is for.")] = FailOn.ERROR,
    strict: Annotated[bool, typer.Option("--strict", help="As --fail-on warning.")] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing where nothing is found.")
    ] = False,
    locked: Annotated[
        bool, typer.Option("--locked", help="Compare with the locks that `kc lock` wrote.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Apply the safe corrections to the files first.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")
    ] = False,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
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
      kc validate spec.yaml --fix       # mend what leaves no doubt
      kc validate . --locked            # nothing but comments has changed

    Exit code 0: no errors. 1: errors, or warnings with --strict. 2: a path cannot be read.
    """
    # Trees and graphs hold no circles and live to the end of their check.
    gc.set_threshold(_COLLECT_AFTER)
    fail_on = FailOn.WARNING if strict else fail_on
    report = Report()
    names = find_specs(paths, report)
    if fix or diff:
        _fix(names, changes(overrides, profiles, root), only_show=diff)
    checking = _Check(changes(overrides, profiles, root), allow_plugins, locked)
    checked = list(each(checking, names, alone=allow_plugins or "-" in names))
    for one in checked:
        report.diagnostics.extend(one.diagnostics)
    closing = "" if quiet else _closing(report.diagnostics, names or paths, checked)
    color = output is None and render.has_color(sys.stdout)
    text = render.render(report.diagnostics, format, color=color, closing=closing, fail_on=fail_on)
    write(f"{text}\n" if text else "", output)
    raise typer.Exit(render.exit_code(report, fail_on))


def _fix(names: Sequence[str], options: Options, *, only_show: bool) -> None:
    from kc.cli import fix

    if options.overrides or options.profiles:
        message = "`--fix` and `--diff` are about specs as they are written"
        raise render.usage_error(message, "leave out `--set` and `--profile`")
    if "-" in names and len(names) > 1:
        raise render.usage_error("of several specs, none can be the standard input", "fix it alone")
    (fix.show_all if only_show else fix.fix_all)(names, options)


@dataclass(frozen=True, slots=True)
class _Checked:
    diagnostics: Sequence[Diagnostic]
    other_text: bool = False
    """Whether the spec differs from its lock, but in its text alone."""


@dataclass(frozen=True, slots=True)
class _Check:
    """How each spec is checked; also in another process."""

    options: Options
    allow_plugins: bool
    locked: bool

    def __call__(self, name: str) -> _Checked:
        report = Report()
        try:
            other_text = self._check(name, report)
        except CompileError as error:
            return _Checked(error.report.diagnostics)
        return _Checked(report.diagnostics, other_text)

    def _check(self, name: str, report: Report) -> bool:
        source, folder = read_spec(name), folder_of(name)
        options = replace(self.options, folder=folder)
        checked = check(source, options, report, folder if self.allow_plugins else None)
        if not self.locked or checked is None:
            return False
        from kc.cli.lockfile import compare

        return compare(name, source, *checked, report)


def _closing(found: Sequence[Diagnostic], paths: Sequence[str], checked: Sequence[_Checked]) -> str:
    names = ["<stdin>" if path == "-" else path for path in paths]
    line = render.closing_line(found, names)
    others = sum(one.other_text for one in checked)
    if not others:
        return line
    where = "" if len(checked) == 1 else f" in {count(others, 'file')}"
    return f"{line} (comments or spelling changed{where}: same program as locked)"

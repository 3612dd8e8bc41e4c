"""``kc runs``: what was trained, and what came of it."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kc.cli import render
from kc.cli.escape import escape, shorten
from kc.cli.options import write
from kc.cli.table import table as columns
from kc.runtime.runs import RUNS

if TYPE_CHECKING:
    from kc.report.listing import Row
    from kc.runtime.runs import RunRecord

runs = typer.Typer(add_completion=False, rich_markup_mode=None, invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_PLOTS = {".html", ".svg"}
_WIDEST = 32


@runs.callback()
def show(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where to look for runs.")
    ] = RUNS,
    name: Annotated[
        str | None, typer.Option(metavar="GLOB", help="Folder or experiment: `'digits-*'`.")
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="Such as `'val_accuracy > 0.9 and epochs >= 5'`."),
    ] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="MEASURE", help="Best first; by default the oldest first.")
    ] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List runs: state, time, epochs, measures.

    A measure such as `val_loss` is the best of all epochs, `last.val_loss` that of the last,
    `test.loss` that of the test examples. Conditions also know `name`, `state`, `epochs`,
    `seconds`, `seed`, `spec` and `began`.

    \b
    Examples:
      kc runs --sort val_accuracy
      kc runs --filter "state == 'finished' and test.accuracy > 0.9"
      kc runs --name 'digits-*' --csv > digits.csv
      kc runs compare runs/a runs/b
    """
    from kc.report import listing
    from kc.runtime.runs import find_runs

    if context.invoked_subcommand is not None:
        return
    if not folder.is_dir():
        raise render.usage_error(f"there is no folder {folder}", "train first, or name --folder")
    rows = [listing.row(run) for run in find_runs(folder)]
    rows = _chosen(rows, name, filter, sort)
    if as_json:
        print(json.dumps([_plain(own) for own in rows], indent=2))
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(listing.cells(rows))
    else:
        _print_rows(rows, sort, folder)


@runs.command()
def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folders of two or more runs.")
    ],
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw their curves: an html or svg file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show in which settings runs differ, and their results side by side.

    \b
    Examples:
      kc runs compare runs/a runs/b
      kc runs compare runs/digits-* --plot curves.html
    """
    from kc.report import listing
    from kc.runtime.runs import is_run, read_run

    if len(folders) < 2:
        raise render.usage_error("there is nothing to compare with", "name two runs or more")
    for folder in folders:
        if not is_run(folder):
            raise render.usage_error(f"{folder} is no run", "`kc runs` lists those there are")
    if plot is not None and plot.suffix not in _PLOTS:
        raise render.usage_error(f"cannot draw `{plot.suffix}` files", "use html or svg")
    found = [read_run(folder) for folder in folders]
    rows = [listing.row(run) for run in found]
    settings = _settings(found)
    if as_json:
        runs = [_plain(own) for own in rows]
        print(json.dumps({"settings": settings, "runs": runs}, indent=2))
    else:
        _print_comparison(rows, settings)
    if plot is not None:
        write(_plotted(found, plot), plot)


def _chosen(rows: list[Row], name: str | None, text: str | None, sort: str | None) -> list[Row]:
    from kc.core.expression import ExpressionError
    from kc.report import listing

    asked = [*(listing.names_in(text) if text else []), *([sort] if sort else [])]
    known = [*(rows[0].facts if rows else ()), *listing.measure_names(rows)]
    for unknown in (own for own in asked if rows and own not in known):
        from kc.core.text import did_you_mean

        raise render.usage_error(f"no run has `{unknown}`", did_you_mean(unknown, known))
    if name is not None:
        rows = listing.named(rows, name)
    if text is not None:
        try:
            rows = listing.fitting(rows, text)
        except ExpressionError as error:
            raise render.usage_error(
                f"`{text}` is no condition: {error.message}", "as `val_accuracy > 0.9`"
            ) from None
    return listing.by(rows, sort) if sort else rows


def _plain(own: Row) -> dict[str, Any]:
    """A run as JSON, which has no NaN."""
    numbers = {k: v if math.isfinite(v) else None for k, v in own.measures.items()}
    return {**own.facts, "measures": numbers}


def _print_rows(rows: Sequence[Row], sort: str | None, folder: Path) -> None:
    if not rows:
        print(f"no runs below {folder}")
        return
    from kc.report.words import duration, moment

    measures = _told(rows, sort)
    table = [["run", "state", "began", "time", "epochs", "seed", "spec", *measures]]
    for own in rows:
        run = own.run
        table.append(
            [
                str(run.path.relative_to(folder)),
                run.state,
                moment(run.began) if run.began else "",
                duration(run.seconds) if run.seconds is not None else "",
                str(run.epochs),
                str(own.facts["seed"] if own.facts["seed"] is not None else ""),
                (own.facts["spec"] or "")[:7],
                *(_number(own.measures.get(name)) for name in measures),
            ]
        )
    _print(table, right=frozenset(range(3, len(table[0]))) - {6})
    for own in rows:
        if own.run.why:
            print(f"{escape(str(own.run.path))}: {escape(own.run.why)}")


def _told(rows: Sequence[Row], sort: str | None) -> list[str]:
    """The measures that a line has room for: what was asked for, then validation, then test."""
    from kc.report.listing import LAST, TEST, measure_names

    names = [name for name in measure_names(rows) if not name.startswith(LAST)]
    of_test = [name for name in names if name.startswith(TEST)]
    of_validation = [name for name in names if name.startswith("val_")]
    first = [sort] if sort in measure_names(rows) else []
    told = dict.fromkeys([*first, *of_validation[:2], *of_test[:2]])
    return [name for name in (told or names[:2]) if name]


def _print_comparison(rows: Sequence[Row], settings: Mapping[str, Sequence[Any]]) -> None:
    from kc.report.listing import measure_names

    heads = [own.run.path.name for own in rows]
    if settings:
        told = [[name, *map(_setting, values)] for name, values in settings.items()]
        _print([["setting", *heads], *told])
    else:
        print("the settings are the same")
    print()
    facts = [[name, *(str(own.facts[name]) for own in rows)] for name in ("state", "epochs")]
    names = [name for name in measure_names(rows) if not name.startswith("last.")]
    measures = [[name, *(_number(own.measures.get(name)) for own in rows)] for name in names]
    right = frozenset(range(1, len(rows) + 1))
    _print([["measure", *heads], *facts, *measures], right)


def _settings(runs: Sequence[RunRecord]) -> dict[str, list[Any]]:
    from kc.core.diagnostic import CompileError
    from kc.report.listing import settings_that_differ

    try:
        return settings_that_differ(runs)
    except (OSError, CompileError):
        raise render.usage_error("a resolved.yaml cannot be read", "leave the run out") from None


def _setting(value: Any) -> str:
    from kc.core.comparison import shown

    return "(default)" if value is None else shorten(shown(value), _WIDEST)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1e-3 else f"{value:.4f}"


def _print(lines: Sequence[Sequence[str]], right: Iterable[int] = ()) -> None:
    sys.stdout.write(columns(lines, right))


def _plotted(runs: Sequence[RunRecord], plot: Path) -> str:
    from kc.core.version import VERSION
    from kc.report.curves import compared_curves
    from kc.report.page import render_charts, render_svg

    names, charts = [run.path.name for run in runs], compared_curves(runs)
    if plot.suffix == ".svg":
        return render_svg("Runs", names, charts)
    return render_charts(f"{len(runs)} runs", names, charts, VERSION)

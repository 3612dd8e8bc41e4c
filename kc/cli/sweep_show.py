"""What a sweep came to, as tables, files and specs."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from kc.cli.escape import shorten
from kc.cli.options import write
from kc.cli.table import table
from kc.core import codes
from kc.core.diagnostic import failure
from kc.report.listing import harmless
from kc.runtime.device import set_up
from kc.sweep import ranking
from kc.sweep.begin import look_at
from kc.sweep.best import spec_text
from kc.sweep.study import best

_WIDEST = 32


def show(folder: Path, html: Path | None, as_json: bool, as_csv: bool) -> None:
    """Print the trials, the best first."""
    set_up()
    work = look_at(folder)
    study = work.study
    if html is not None:
        write(ranking.page(study), html)
        return
    if as_json:
        shares = ranking.importance(study)
        whole = {"trials": ranking.rows(study), "importance": shares, "planned": study.planned}
        print(json.dumps(whole, indent=2))
        return
    lines = ranking.table(study)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        rows = ranking.rows(study)
        heads = list(dict.fromkeys(name for row in rows for name in row))
        writer.writerow(map(harmless, heads))
        writer.writerows([_cell(row.get(name)) for name in heads] for row in rows)
        return
    shown = [[shorten(cell, _WIDEST) for cell in line] for line in lines]
    print(table(shown, {0, 2}), end="")
    if shares := ranking.importance(study):
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
        print(f"\nimportance: {told}")


def best_spec(folder: Path, number: int | None) -> str:
    """The spec of the best trial, or of another one.

    Raises:
        CompileError: when there is no such trial.
    """
    set_up()
    work = look_at(folder)
    trials = work.study.trials()
    if number is None:
        found = best(trials, work.sweep.objective)
    else:
        found = [own for own in trials if own.number == number]
    if not found:
        what = "no trial has finished" if number is None else f"there is no trial {number}"
        raise failure(
            codes.NO_TRIALS,
            f"{what} in {folder}",
            help=f"`kc sweep show {folder}` lists the trials",
        )
    overrides = work.study.space.assignments(found[0].point)
    return spec_text(work.source, work.options, overrides)


def _cell(value: object) -> str:
    return "" if value is None else harmless(value) if isinstance(value, str) else repr(value)

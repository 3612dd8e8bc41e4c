"""``kc train --init-from``: shows what a model takes over of another one's weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kc.cli import render
from kc.core.diagnostic import Report

if TYPE_CHECKING:
    from kc.compiler.plan.plan import Plan
    from kc.core.types import Shape
    from kc.interop.initial import Given
    from kc.interop.warm_start import Moves


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What ``--init-from`` and the options beside it ask for."""

    source: str
    """A run's folder, or a file of weights."""
    surgery: bool
    """Whether arrays of other sizes are cut and filled up."""
    dry: bool
    """Whether to show what becomes of each weight, and end."""
    quiet: bool

    def values(self, plan: Plan, given: Given) -> Given:
        """First values of a plan; those that the spec itself names stay.

        Raises:
            CompileError: when there are no weights to take over.
            Exit: when showing is all.
        """
        from kc.interop.warm_start import moves

        found = moves(plan, _file(self.source), given, surgery=self.surgery)
        if self.dry or not self.quiet:
            _print_table(found)
        render.show(found.warnings(self.surgery))
        if self.dry:
            raise typer.Exit
        return _merged(found.values(plan), given)


def _file(source: str) -> Path:
    """The weights of a run: those of its finished model, or of its newest checkpoint."""
    from kc.runtime.checkpoint.store import Store
    from kc.runtime.run_folder import MODEL_FILE, damaged

    place = Path(source)
    if not place.is_dir():
        return place
    if (place / MODEL_FILE).exists():
        return place / MODEL_FILE
    report = Report()
    newest = Store(place / "checkpoints").newest(report)
    if newest is None:
        raise damaged(place, report, is_older_whole=False)
    render.show(report)
    return newest


def _merged(below: Given, above: Given) -> Given:
    scopes = {**below, **above}
    return {scope: {**below.get(scope, {}), **above.get(scope, {})} for scope in scopes}


def _print_table(found: Moves) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"weights from {found.file}", title_justify="left", box=None)
    for heading in ("", "weight", "in the file", "in the model"):
        table.add_column(heading, no_wrap=True)
    for move in found.all:
        table.add_row(move.action, move.name, _shape(move.old), _shape(move.new))
    Console(highlight=False, markup=False).print(table)


def _shape(shape: Shape | None) -> str:
    return "-" if shape is None else str(list(shape))

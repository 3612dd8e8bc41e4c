"""The model as a table: layers, shapes, parameters, work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from kc.compiler.lower.compiled import Compiled
from kc.core.types import Size, TensorType

INPUT = "input"
"""Kind of the rows that stand for inputs."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One input or layer."""

    name: str
    kind: str
    output: TensorType
    parameters: int
    """Trainable numbers; those of a shared part count where it is used first."""
    state: int
    flops: Size
    """Additions and multiplications for one example, forward."""
    inputs: tuple[str, ...]
    shares: str | None = None
    """The layer above that has the same weights, if there is one."""


def summary_rows(compiled: Compiled) -> Sequence[SummaryRow]:
    """Inputs and layers, in the order in which they are computed."""
    graph, facts = compiled.graph, compiled.facts
    rows = [SummaryRow(name, INPUT, kind, 0, 0, 0, ()) for name, kind in graph.inputs.items()]
    owners: dict[str, str] = {}
    for node in graph.nodes:
        counted = facts.nodes[node.name]
        owner = owners.setdefault(node.scope, node.name)
        has_weights = node.inferred is not None and (node.inferred.weights or node.inferred.state)
        rows.append(
            SummaryRow(
                name=node.name,
                kind=node.layer.kind,
                output=node.output,
                parameters=counted.parameters,
                state=counted.state,
                flops=counted.flops,
                inputs=node.inputs,
                shares=owner if has_weights and owner != node.name else None,
            )
        )
    return rows


def summary_totals(compiled: Compiled) -> dict[str, str]:
    """What the whole model costs, in words."""
    facts = compiled.facts
    totals = {"Trainable parameters": f"{facts.parameters:,} ({size(4 * facts.parameters)})"}
    if facts.state:
        totals["State of layers"] = f"{facts.state:,} ({size(4 * facts.state)})"
    totals["FLOPs per example"] = f"{facts.flops:,} forward"
    training = compiled.spec.training
    if training is None:
        bytes_needed = 4 * (facts.parameters + facts.state) + facts.activation_bytes
        totals["Memory"] = f"about {size(bytes_needed)} for one example"
    else:
        bytes_needed = facts.training_bytes(training.batch_size)
        totals["Memory"] = (
            f"about {size(bytes_needed)} for a training step of {training.batch_size} examples"
        )
    return totals


def size(count: Size) -> str:
    """Bytes in decimal units: ``1.2 MB``."""
    if not isinstance(count, int):
        return f"{count:,} B"
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        if unit != "TB":
            amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.3g} {unit}"


def summary_text(compiled: Compiled, width: int = 100) -> str:
    """The rows and totals as plain text of at most this width."""
    from rich.console import Console
    from rich.text import Text

    stream = StringIO()
    console = Console(file=stream, width=width, color_system=None, highlight=False, emoji=False)
    for part in (Text(compiled.name), "", _table(compiled), "", _totals(compiled)):
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _table(compiled: Compiled) -> object:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = summary_rows(compiled)
    follows = [not row.inputs or row.inputs == (above.name,) for above, row in _pairs(rows)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Layer", overflow="fold")
    table.add_column("Output", no_wrap=True)
    table.add_column("Parameters", justify="right", no_wrap=True)
    table.add_column("FLOPs", justify="right", no_wrap=True)
    if not all(follows):
        table.add_column("From", overflow="fold")
    for row, chained in zip(rows, follows, strict=True):
        weights = "shared" if row.shares else f"{row.parameters + row.state:,}"
        counts = ["", ""] if row.kind == INPUT else [weights, f"{row.flops:,}"]
        cells = [_label(row), _type(row.output), *counts]
        if not all(follows):
            cells.append("" if chained else ", ".join(row.inputs))
        # As Text: names come from the spec and must not be read as markup.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _label(row: SummaryRow) -> str:
    """The name, with the kind where the name does not say it."""
    named_after_kind = re.fullmatch(rf"(.*/)?{re.escape(row.kind)}(_\d+)?", row.name)
    return row.name if named_after_kind else f"{row.name} ({row.kind})"


def _type(kind: TensorType) -> str:
    shape = f"({', '.join(map(str, kind.shape))})"
    return shape if kind.is_float else f"{kind.dtype} {shape}"


def _pairs(rows: Sequence[SummaryRow]) -> list[tuple[SummaryRow, SummaryRow]]:
    return list(zip([rows[0], *rows], rows, strict=False))


def _totals(compiled: Compiled) -> object:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in summary_totals(compiled).items():
        table.add_row(name, value)
    return table

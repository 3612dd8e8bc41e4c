"""Parts of the data that may hold other classes than the rest, or the same steps of a series."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import trained
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.data import Data
from kc.schemas.spec import Spec


def order(graph: Graph, spec: Spec, report: Report) -> None:
    """KC821, KC822: classes without a draw of the parts, stretches of a series with one."""
    data = spec.data
    if data is None or not (data.split.validates or data.split.tests):
        return
    if data.source.ordered:
        _mixed(data, spec, report)
    elif not data.split.shuffle and not data.split.columns:
        _sorted(graph, spec, report)


def _mixed(data: Data, spec: Spec, report: Report) -> None:
    if data.split.draws:
        report.add(
            codes.MIXED_WINDOWS,
            f"examples of {data.source.kind} overlap, and the split draws them at random",
            at=spec.key_place("data", "split"),
            help="write `shuffle: false`: validation and test are then the last ones",
        )


def _sorted(graph: Graph, spec: Spec, report: Report) -> None:
    if any(node.inferred is not None and node.inferred.memory for node in graph.nodes):
        return  # what remembers the row before needs the order
    for output in trained(graph, spec):
        if output.loss.after is not None:
            report.add(
                codes.ORDERED_SPLIT,
                "validation and test are the last examples, and may hold only some classes",
                at=spec.key_place("data", "split", "shuffle"),
                cause=Label(output.loss.span, "compares classes") if output.loss.span else None,
                help="remove `shuffle: false`, unless the examples are in random order or in that "
                "of time",
            )
            return

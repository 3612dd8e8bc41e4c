"""Parts of the data that may hold other classes than the rest."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import trained
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec


def order(graph: Graph, spec: Spec, report: Report) -> None:
    """KC821: classes with parts that are split off without a draw."""
    split = spec.data.split if spec.data else None
    if split is None or split.shuffle or not (split.validation or split.test):
        return
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

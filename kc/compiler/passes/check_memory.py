"""Check that layers which remember the batch before are trained on batches in their order."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec


def check_memory(graph: Graph, spec: Spec, report: Report) -> None:
    """Report what takes rows out of their order, or shows a batch twice."""
    node = next(filter(_remembers, graph.nodes), None)
    if node is None:
        return
    training, split = spec.training, spec.data.split if spec.data else None
    if training is not None and training.shuffle:
        _shuffled(node, "training", spec, report)
    if split is not None and split.draws:
        _shuffled(node, "data.split", spec, report)
    if training is not None and training.phases:
        report.add(
            codes.CONFLICT,
            f"`{node.name}` is stateful, and several phases would go on from each other's states",
            at=spec.key_place("training", "phases"),
            help="remove `stateful`, or train in one phase",
        )


def _remembers(node: Node) -> bool:
    return node.inferred is not None and bool(node.inferred.memory)


def _shuffled(node: Node, section: str, spec: Spec, report: Report) -> None:
    report.add(
        codes.ORDER_LOST,
        f"`{node.name}` goes on where the batch before ended, so rows have to keep their order",
        at=spec.key_place(*section.split("."), "shuffle"),
        label="draws a random order",
        cause=None if node.span is None else Label(node.span, "this is stateful"),
        help=f"write `shuffle: false` in `{section}`",
    )

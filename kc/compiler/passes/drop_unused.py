"""Remove what no output depends on."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph, owner
from kc.core import codes
from kc.core.diagnostic import Report


def drop_unused(graph: Graph, report: Report) -> Graph:
    """Drop the nodes that neither an output nor a term of the training depends on."""
    used = {owner(value) for value in (*graph.outputs.values(), *graph.read.values())}
    for node in reversed(graph.nodes):
        if node.name in used:
            used.update(owner(value) for value in node.inputs)
    if graph.complete:
        _report(graph, used, report)
    return graph.with_nodes(tuple(node for node in graph.nodes if node.name in used))


def _report(graph: Graph, used: set[str], report: Report) -> None:
    read = {owner(value) for node in graph.nodes for value in node.inputs}
    for node in graph.nodes:
        if node.name not in used and node.name not in read:
            report.add(
                codes.UNUSED_NODE,
                f"nothing reads `{node.name}`",
                at=node.span,
                help="name it in `outputs` or in a `from`, or remove it",
            )
    for name, span in graph.spans.items():
        if name not in used:
            report.add(
                codes.UNUSED_NODE,
                f"nothing reads the input `{name}`",
                at=span,
                help="name it in a `from`, or remove it",
            )

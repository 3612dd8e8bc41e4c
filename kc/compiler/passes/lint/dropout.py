"""Dropout where it spoils what is learnt."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph, Node, owner
from kc.compiler.passes.objectives import losses
from kc.core import codes
from kc.core.diagnostic import Report
from kc.library.layers.dropout import Dropout
from kc.schemas.spec import Spec

_MOST = 0.8


def dropout(graph: Graph, spec: Spec, report: Report) -> None:
    """KC814 and KC815."""
    compared = losses(spec.training, graph) if spec.training else ()
    made = {owner(graph.outputs[name]) for name in compared}
    made |= {graph.index[name].inputs[0] for name in made if _is_softmax(graph.node(name))}
    for node in graph.nodes:
        if not isinstance(node.layer, Dropout):
            continue
        if node.name in made and node.layer.rate:
            report.add(
                codes.DROPPED_OUTPUT,
                "dropout on an output drops what is compared with the target",
                at=node.span,
                help="put it before the last layer with weights",
            )
        if node.layer.rate > _MOST:
            report.add(
                codes.HIGH_RATE,
                f"dropout: {node.layer.rate:g} keeps one value in {1 / (1 - node.layer.rate):.0f}",
                at=node.span,
                help="the rate is the part that is dropped: 0.1 to 0.5 is usual",
            )


def _is_softmax(node: Node | None) -> bool:
    return node is not None and node.layer.kind in {"softmax", "activation"}

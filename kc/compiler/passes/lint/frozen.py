"""Models that training leaves as they are."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.check_training import trained_scopes
from kc.core import codes
from kc.core.diagnostic import Report
from kc.schemas.spec import Spec


def frozen(graph: Graph, spec: Spec, report: Report) -> None:
    """KC824."""
    if spec.training is None or trained_scopes(graph):
        return
    held = next((n for n in graph.nodes if n.inferred and n.inferred.weights), None)
    report.add(
        codes.NOTHING_TRAINED,
        "nothing here can be trained: "
        + ("all weights are frozen" if held else "no layer has weights"),
        at=spec.key_place("training"),
        help="remove `trainable: false` where layers should learn"
        if held
        else "add a layer with weights, such as `dense`",
    )

"""Gradients that float16 cannot hold."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec


def vanishing_gradients(graph: Graph, spec: Spec, report: Report) -> None:
    """KC806, once for each optimizer."""
    node = next((node for node in graph.nodes if node.precision == "float16"), None)
    objectives = spec.training.objectives().values() if spec.training and node else ()
    for optimizer in (objective.optimizer for objective in objectives):
        if node is not None and optimizer.loss_scale_factor is None:
            report.add(
                codes.VANISHING_GRADIENTS,
                "gradients below 6e-8 are zero in float16",
                at=optimizer.span,
                cause=Label(node.span, "computes in float16") if node.span else None,
                help=f"scale the loss: `{optimizer.kind}: {{loss_scale_factor: dynamic}}`, or "
                "compute in bfloat16",
            )

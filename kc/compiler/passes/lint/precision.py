"""Gradients that float16 cannot hold, and what is done about them."""

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


def skipped_twice(graph: Graph, spec: Spec, report: Report) -> None:
    """KC827, once."""
    if spec.training is None or not spec.training.on_nan.skips:
        return
    for objective in spec.training.objectives().values():
        optimizer = objective.optimizer
        if optimizer.loss_scale_factor == "dynamic":
            report.add(
                codes.SKIPPED_TWICE,
                "steps with gradients that are not finite are skipped already",
                at=spec.training.on_nan.span,
                cause=Label(optimizer.span, "skips them") if optimizer.span else None,
                help="remove `on_nan`, to hear of a loss that is not finite",
            )
            return

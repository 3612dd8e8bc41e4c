"""Metrics that say nothing about what is trained."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import activation_of, trained
from kc.compiler.passes.objectives import measured
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec

_REGRESSIONS = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "poisson",
}
"""Losses of numbers, which are near their targets at best."""
_OF_CLASSES = {"sigmoid", "softmax", "tanh", "hard_sigmoid"}
"""Activations of an output that tells classes apart, whatever its loss."""


def measures(graph: Graph, spec: Spec, report: Report) -> None:
    """KC816: the accuracy of numbers."""
    outputs = {output.name: output for output in trained(graph, spec)}
    for found in measured(spec.training, graph) if spec.training else ():
        output = outputs.get(found.output)
        if output is None or found.metric.kind != "accuracy":
            continue
        loss, activation = output.loss, activation_of(output.node.layer)
        if loss.kind in _REGRESSIONS and activation not in _OF_CLASSES:
            report.add(
                codes.MEANINGLESS_METRIC,
                f"accuracy counts classes that are right, and {loss.kind} trains numbers",
                at=found.metric.span,
                cause=Label(loss.span, "trained with this") if loss.span else None,
                help="measure `mean_absolute_error`, or train classes with a crossentropy",
            )

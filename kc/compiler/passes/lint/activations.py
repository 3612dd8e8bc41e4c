"""Activations that do nothing, or too much."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import Trained, activation_of, trained
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec

_PURE = {"activation", "relu", "softmax"}
"""Layers that are nothing but an activation."""
_ONCE = {"relu", "relu6", "sigmoid", "softmax", "softplus", "elu", "selu", "gelu", "silu", "tanh"}
"""Activations that nobody applies twice on purpose."""


def activations(graph: Graph, spec: Spec, report: Report) -> None:
    """KC812 and KC813."""
    for node in graph.nodes:
        before = graph.node(node.inputs[0]) if node.layer.kind in _PURE else None
        activation = activation_of(node.layer)
        if before is not None and activation in _ONCE and activation == activation_of(before.layer):
            report.add(
                codes.REPEATED_ACTIVATION,
                f"`{before.name}` has passed {activation} already",
                at=node.span,
                cause=Label(before.span, "here") if before.span else None,
                help="remove one of them",
            )
    for output in trained(graph, spec):
        raw = output.loss.probabilities and output.node.layer.kind == "dense"  # this is KC803
        if activation_of(output.node.layer) == "relu" and not raw:
            _dead(output, report)


def _dead(output: Trained, report: Report) -> None:
    """An output that cannot be negative has no gradient where it would be."""
    report.add(
        codes.DEAD_OUTPUT,
        "relu on an output has no gradient wherever it is 0",
        at=output.made_here.span if output.made_here else None,
        help="remove the activation; for values that are never negative take `softplus`",
    )

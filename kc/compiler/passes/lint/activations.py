"""Activations that do nothing, or too much."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.passes.lint.outputs import Trained, activation_of, behind, trained
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec

_PURE = {"activation", "relu", "softmax"}
"""Layers that are nothing but an activation."""
_ONCE = {"relu", "relu6", "sigmoid", "softmax", "softplus", "elu", "selu", "gelu", "silu", "tanh"}
"""Activations that nobody applies twice on purpose."""
_PROBABILITIES = {"sigmoid", "softmax"}


def activations(graph: Graph, spec: Spec, report: Report) -> None:
    """KC812, KC813 and KC826."""
    for node in graph.nodes:
        if node.layer.kind in _PURE:
            _applied(node, graph, report)
    for output in trained(graph, spec):
        # Where the loss takes probabilities, this is KC803.
        if activation_of(output.node.layer) == "relu" and not output.loss.probabilities:
            _dead(output, report)


def _applied(node: Node, graph: Graph, report: Report) -> None:
    """What a layer applies to what has passed an activation already."""
    activation = activation_of(node.layer)
    before, directly = behind(graph, node.inputs[0]), graph.node(node.inputs[0])
    passed = activation_of(before.layer) if before else None
    if before is None or activation is None:
        return
    cause = Label(before.span, "here") if before.span else None
    if before is directly and activation == passed and activation in _ONCE:
        report.add(
            codes.REPEATED_ACTIVATION,
            f"`{before.name}` has passed {activation} already",
            at=node.span,
            cause=cause,
            help="remove one of them",
        )
    elif activation in _PROBABILITIES and passed in _PROBABILITIES:
        report.add(
            codes.TWO_PROBABILITIES,
            f"`{before.name}` has passed {passed} already, and {activation} makes its results much "
            "alike",
            at=node.span,
            cause=cause,
            help="keep one of them",
        )


def _dead(output: Trained, report: Report) -> None:
    """An output that cannot be negative has no gradient where it would be."""
    report.add(
        codes.DEAD_OUTPUT,
        "relu on an output has no gradient wherever it is 0",
        at=output.made_here.span if output.made_here else None,
        help="remove the activation; for values that are never negative take `softplus`",
    )

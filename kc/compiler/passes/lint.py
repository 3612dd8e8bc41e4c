"""Find what is legal and yet most likely a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.library.layers.batch_normalization import BatchNormalization
from kc.library.loss import Loss
from kc.schemas.spec import Spec
from kc.schemas.training import ONLY

_TRANSPARENT = {"reshape", "flatten", "dropout"}
"""Layers that do not change what kind of numbers an output holds."""
_MATCHING = {"sigmoid": {"sigmoid", "hard_sigmoid"}, "softmax": {"softmax", "sigmoid", "sparsemax"}}
"""Activations whose results a loss of probabilities can take."""


def lint(graph: Graph, spec: Spec, report: Report) -> None:
    """Add the findings of the series KC8xx."""
    _useless_bias(graph, report)
    _vanishing(graph, spec, report)
    for name, loss in _losses(graph, spec):
        node = _last(graph, graph.outputs[name])
        if node is not None:
            _probabilities(node, loss, report)


def _losses(graph: Graph, spec: Spec) -> Iterator[tuple[str, Loss]]:
    losses = spec.training.loss if spec.training else {}
    for name in graph.outputs:
        loss = losses.get(name) or (losses.get(ONLY) if len(graph.outputs) == 1 else None)
        if loss is not None:
            yield name, loss


def _last(graph: Graph, value: str) -> Node | None:
    node = graph.node(value)
    while node is not None and node.layer.kind in _TRANSPARENT:
        node = graph.node(node.inputs[0])
    return node


def _activation(node: Node) -> str | None:
    activation = getattr(node.layer, "activation", None)
    if activation is not None:
        return activation.kind
    # `- softmax` is a layer of its own.
    return node.layer.kind if node.layer.kind == "softmax" else None


def _probabilities(node: Node, loss: Loss, report: Report) -> None:
    activation = _activation(node)
    place = _made_here(node)
    if loss.logits and activation in {"softmax", "sigmoid"}:
        report.add(
            codes.LOGITS_MISMATCH,
            f"{loss.kind} takes logits, but the output has passed {activation}",
            at=loss.span,
            cause=place,
            help="remove the activation of the output, or `from_logits`",
        )
    expected = loss.probabilities
    if expected and node.layer.kind == "dense" and activation not in _MATCHING[expected]:
        help = f"add `activation: {expected}` to the output"
        if "from_logits" in type(loss).model_fields:
            help += ", or `from_logits: true` to the loss"
        report.add(
            codes.NO_PROBABILITIES,
            f"{loss.kind} takes probabilities, but the output has not passed {expected}",
            at=loss.span,
            cause=place,
            help=help,
        )


def _made_here(node: Node) -> Label | None:
    span = getattr(getattr(node.layer, "activation", None), "span", None) or node.span
    return Label(span, "the output is made here") if span else None


def _vanishing(graph: Graph, spec: Spec, report: Report) -> None:
    """Report float16 without a loss scale, once for each optimizer."""
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


def _useless_bias(graph: Graph, report: Report) -> None:
    for node in graph.nodes:
        if not isinstance(node.layer, BatchNormalization):
            continue
        before = graph.node(node.inputs[0])
        if before is None or _activation(before) is not None:
            continue
        if _shifts_features(before) and node.layer.axis == -1:
            report.add(
                codes.USELESS_BIAS,
                f"the bias of `{before.name}` has no effect before batch_normalization",
                at=before.span,
                cause=Label(node.span, "subtracts the mean again") if node.span else None,
                help="add `use_bias: false`",
            )


def _shifts_features(node: Node) -> bool:
    """Whether the layer adds one number to each place of the last axis."""
    if getattr(node.layer, "data_format", "channels_last") == "channels_first":
        return False
    bias = node.inferred.weights.get("bias") if node.inferred else None
    return getattr(node.layer, "use_bias", False) and (bias is None or len(bias.shape) == 1)

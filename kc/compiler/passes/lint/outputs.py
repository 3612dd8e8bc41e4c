"""What outputs are made by, and what they are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kc.compiler.graph.graph import Graph, Node, owner
from kc.compiler.passes.objectives import losses
from kc.core.diagnostic import Label
from kc.core.registry import is_kind
from kc.library.activations import Activation
from kc.library.layer import Layer
from kc.library.loss import Loss
from kc.schemas.spec import Spec

_TRANSPARENT = {"reshape", "flatten", "dropout"}
"""Layers that do not change what kind of numbers an output holds."""


class Trained(NamedTuple):
    """An output with a loss, and the node that decides what kind of numbers it holds."""

    name: str
    node: Node
    loss: Loss

    @property
    def units(self) -> int | None:
        """Size of its last axis, where it has one and it is known."""
        inferred = self.node.inferred
        shape = inferred.output.shape if inferred else ()
        return shape[-1] if shape and isinstance(shape[-1], int) else None

    @property
    def made_here(self) -> Label | None:
        """The activation or the layer that makes it, to be shown."""
        span = getattr(getattr(self.node.layer, "activation", None), "span", None)
        span = span or self.node.span
        return Label(span, "the output is made here") if span else None


def trained(graph: Graph, spec: Spec) -> Iterator[Trained]:
    """The outputs that a loss compares with the data."""
    for name, loss in (losses(spec.training, graph) if spec.training else {}).items():
        node = behind(graph, graph.outputs[name])
        if node is not None:
            yield Trained(name, node, loss)


def activation_of(layer: Layer) -> str | None:
    """The activation that a layer's result has passed last."""
    activation = getattr(layer, "activation", None)
    if isinstance(activation, Activation):
        return activation.kind
    # `- softmax` and `- relu` are layers of their own.
    return layer.kind if is_kind(layer.kind, "activation") else None


def behind(graph: Graph, value: str) -> Node | None:
    """The node that decides what kind of numbers a value holds."""
    node = graph.node(owner(value))
    while node is not None and node.layer.kind in _TRANSPARENT:
        node = graph.node(owner(node.inputs[0]))
    return node

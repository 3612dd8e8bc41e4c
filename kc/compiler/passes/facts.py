"""What a model costs: parameters, work, memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from kc.compiler.graph.graph import Graph, Node
from kc.core.dimension import total
from kc.core.sizes import known
from kc.core.types import Precision, Size, TensorType, Weight

_BYTES = {"float32": 4, "int32": 4, "uint8": 1, "bool": 1, "string": 0}


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts for one model. Work and activations are per example, and may depend on sizes that only
    the data know.
    """  # noqa: D205

    parameters: int
    """Trainable numbers."""
    state: int
    """Numbers that training updates by itself, such as moving means."""
    flops: Size
    """Additions and multiplications of one forward pass."""
    activation_bytes: Size
    """Outputs of all nodes, which a training step keeps for its backward pass."""
    nodes: Mapping[str, NodeFacts]

    def training_bytes(self, batch_size: int, optimizer_slots: int = 2) -> Size:
        """Estimate for a training step: weights, gradients, optimizer state and activations."""
        weights = 4 * self.parameters * (2 + optimizer_slots) + 4 * self.state
        return weights + batch_size * self.activation_bytes


@dataclass(frozen=True, slots=True)
class NodeFacts:
    parameters: int
    state: int
    flops: Size


def measure(graph: Graph) -> Facts:
    """Count. Weights of shared parts count once, their work as often as they are used."""
    seen: set[str] = set()
    nodes: dict[str, NodeFacts] = {}
    for node in graph.nodes:
        fresh = node.scope not in seen
        seen.add(node.scope)
        nodes[node.name] = _measure(node, fresh)
    return Facts(
        parameters=sum(n.parameters for n in nodes.values()),
        state=sum(n.state for n in nodes.values()),
        flops=total(n.flops for n in nodes.values()),
        activation_bytes=total(
            (
                *(_size(node.output, node.precision) for node in graph.nodes),
                *(_size(kind) for kind in graph.inputs.values()),
            )
        ),
        nodes=nodes,
    )


def _measure(node: Node, fresh: bool) -> NodeFacts:
    assert node.inferred is not None
    return NodeFacts(
        parameters=_numbers(node.inferred.weights) if fresh else 0,
        state=_numbers(node.inferred.state) if fresh else 0,
        flops=node.inferred.flops,
    )


def _numbers(weights: Mapping[str, Weight]) -> int:
    return sum(math.prod(known(weight.shape)) for weight in weights.values())


def _size(kind: TensorType, precision: Precision = "float32") -> Size:
    return kind.size * (2 if kind.is_float and precision != "float32" else _BYTES[kind.dtype])

"""What a model costs: parameters, work, memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kc.compiler.graph.graph import Graph, Node, Region, owner
from kc.core.dimension import surely_below, total
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
    """Outputs of all nodes."""
    kept_bytes: Size
    """What of them a training step holds at a time for its backward pass: all, but of items that
    are computed again only what is read outside, and the inside of one."""
    nodes: Mapping[str, NodeFacts]

    def training_bytes(self, batch_size: int, optimizer_slots: int = 2) -> Size:
        """Estimate for a training step: weights, gradients, optimizer state and activations."""
        weights = 4 * self.parameters * (2 + optimizer_slots) + 4 * self.state
        return weights + batch_size * self.kept_bytes


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
    inside = _inside(graph)
    activations = total(
        (
            *(_size(node.output, node.precision) for node in graph.nodes),
            *(_size(kind) for kind in graph.inputs.values()),
        )
    )
    return Facts(
        parameters=sum(n.parameters for n in nodes.values()),
        state=sum(n.state for n in nodes.values()),
        flops=total(n.flops for n in nodes.values()),
        activation_bytes=activations,
        kept_bytes=total((activations, *(-size for size in inside), _largest(inside))),
        nodes=nodes,
    )


def _inside(graph: Graph) -> Sequence[Size]:
    """Bytes that each item that is computed again makes and nothing outside reads."""
    outside = {owner(value) for value in (*graph.outputs.values(), *graph.read.values())}
    regions = {node.name: node.remat for node in graph.nodes}
    for node in graph.nodes:
        read = map(owner, node.inputs)
        outside.update(name for name in read if regions.get(name) != node.remat)
    found: dict[Region, list[Size]] = {}
    for node in graph.nodes:
        if node.remat is not None and node.name not in outside:
            found.setdefault(node.remat, []).append(_size(node.output, node.precision))
    return [total(sizes) for sizes in found.values()]


def _largest(sizes: Sequence[Size]) -> Size:
    """The largest; where names of unknown sizes leave that open, the sum of those it may be."""
    return total(a for a in dict.fromkeys(sizes) if not any(surely_below(a, b) for b in sizes))


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

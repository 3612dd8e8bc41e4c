"""A graph of kc as layers of Keras, in the order in which Keras keeps them.

Weight files number the layers of a class in that order, so it has to be Keras's own: by distance
from the outputs, and then by when a walk back from them meets a layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kc.compiler.graph.graph import Graph, Node, owner
from kc.core import codes
from kc.core.types import TensorType
from kc.interop.keras.facts import UNMAPPED, Numbered, class_name, kinds
from kc.interop.keras.models import Place
from kc.interop.keras.to_spec import Leaf
from kc.interop.keras.values import RefusedError
from kc.library.layer import Layer


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """One layer with its calls; uses of a shared part are calls of the same layers."""

    name: str
    scope: str
    layer: Layer
    nodes: Sequence[Node]


def layers_of(graph: Graph) -> Sequence[KerasLayer]:
    """The layers of a graph, inputs left out.

    Raises:
        RefusedError: when Keras has no such layer.
    """
    calls: dict[str, list[Node]] = {}
    order = _order(graph)
    for node in graph.nodes:
        # What only the training reads leads to no output, and Keras has no place for it.
        if node.scope in order:
            calls.setdefault(node.scope, []).append(node)
    names = _names(graph, list(calls))
    found = [
        KerasLayer(names[scope], scope, nodes[0].layer, nodes)
        for scope, nodes in sorted(calls.items(), key=lambda item: order[item[0]])
    ]
    for layer in found:
        name = class_name(layer.layer.kind)
        if kinds("layer").get(name) is not type(layer.layer) or layer.layer.kind in UNMAPPED:
            raise RefusedError(
                codes.NOT_EXPORTED,
                f"kc cannot write `{layer.layer.kind}` as a layer of Keras",
                UNMAPPED.get(layer.layer.kind),
            )
    return found


def inputs_of(graph: Graph) -> Mapping[str, TensorType]:
    """The inputs that lead to an output."""
    order = _order(graph)
    read = {value for node in graph.nodes if node.scope in order for value in node.inputs}
    read |= set(graph.outputs.values())
    return {name: kind for name, kind in graph.inputs.items() if name in read}


def leaves_of(graph: Graph) -> Sequence[Leaf]:
    """Where Keras keeps the weights of each layer of a graph.

    Raises:
        RefusedError: when Keras has no such layer.
    """
    numbered = Numbered()
    return [
        Leaf(x.name, Place(f"layers/{numbered.next(class_name(x.layer.kind))}", x.name), x.scope)
        for x in layers_of(graph)
    ]


def _names(graph: Graph, scopes: Sequence[str]) -> Mapping[str, str]:
    """Names without slashes, each once, and none that an input has."""
    taken = set(graph.inputs)
    names: dict[str, str] = {}
    for scope in scopes:
        name = base = scope.replace("/", ".")
        number = 1
        while name in taken:
            number += 1
            name = f"{base}.{number}"
        taken.add(name)
        names[scope] = name
    return names


def _order(graph: Graph) -> Mapping[str, tuple[int, int]]:
    """Place of each layer: most distant from the outputs first, then as they are met."""
    finished: list[Node] = []
    met: dict[str, int] = {}
    for _, output in sorted(graph.outputs.items()):
        _walk(graph, owner(output), finished, met)
    depths = dict.fromkeys((node.name for node in finished), 0)
    of_layers: dict[str, int] = {}
    for node in reversed(finished):
        # A layer that is called several times stands where its earliest call does.
        depth = max(depths[node.name], of_layers.get(node.scope, 0))
        depths[node.name] = of_layers[node.scope] = depth
        for name in map(owner, node.inputs):
            if name in depths:
                depths[name] = max(depths[name], depth + 1)
    return {scope: (-depth, met[scope]) for scope, depth in of_layers.items()}


def _walk(graph: Graph, output: str, finished: list[Node], met: dict[str, int]) -> None:
    """Visit all that a value depends on, first inputs first; each node once."""
    done = {node.name for node in finished}
    pending: list[tuple[str, bool]] = [(output, False)]
    while pending:
        name, is_left = pending.pop()
        node = graph.index.get(name)
        if node is None:
            met.setdefault(f"\0{name}", len(met))
        elif is_left:
            finished.append(node)
        elif name not in done:
            done.add(name)
            met.setdefault(node.scope, len(met))
            pending.append((name, True))
            pending += [(owner(source), False) for source in reversed(node.inputs)]

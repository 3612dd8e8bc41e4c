"""Text cannot reach a device: the part of a graph that reads it becomes a graph of its own."""

from __future__ import annotations

from dataclasses import replace

from kc.compiler.graph.graph import Graph, Node


def divide(graph: Graph) -> tuple[Graph | None, Graph]:
    """The part for the host, None where nothing is text, and the part for the device.

    The outputs of the one are the inputs of the other, beside those that training draws.
    """
    hosted = {node.name for node in graph.nodes if _reads_text(graph, node)}
    if not hosted and not any(kind.is_text for kind in graph.inputs.values()):
        return None, graph
    given = {name: kind for name, kind in graph.inputs.items() if name not in graph.drawn}
    drawn = {name: graph.inputs[name] for name in graph.drawn}
    on_device = tuple(node for node in graph.nodes if node.name not in hosted)
    on_host = tuple(node for node in graph.nodes if node.name in hosted)
    read = {*graph.outputs.values(), *graph.read.values()}
    read.update(name for node in on_device for name in node.inputs)
    made = {**given, **{node.name: node.output for node in on_host}}
    passed = {name: kind for name, kind in made.items() if name in read}
    outputs = {name: name for name in passed}
    host = replace(graph, inputs=given, nodes=on_host, outputs=outputs, read={}, drawn={})
    return host, replace(graph, inputs={**drawn, **passed}, nodes=on_device)


def _reads_text(graph: Graph, node: Node) -> bool:
    """Whether a node reads or makes text."""
    kinds = [*(graph.type_of(name) for name in node.inputs), graph.type_of(node.name)]
    return any(kind is not None and kind.is_text for kind in kinds)

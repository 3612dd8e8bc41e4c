"""What holds between any two passes."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph


def verify(graph: Graph) -> None:
    """Check that each input stands earlier, names are unique and outputs exist.

    Raises:
        AssertionError: when a pass broke the graph; this is a defect of kc.
    """
    known = set(graph.inputs)
    for node in graph.nodes:
        assert set(node.inputs) <= known, f"{node.name} reads what does not stand earlier"
        assert node.name not in known, f"{node.name} is defined twice"
        known.add(node.name)
        known.update(f"{node.name}.{part}" for part in node.layer.parts()[1:])
    assert set(graph.outputs.values()) <= known, "an output is not defined"

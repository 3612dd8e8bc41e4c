"""Which precision the floats of a program have, and the casts where another one is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kc.compiler.graph.graph import Graph, Node, owner
from kc.core.program import Call, Step
from kc.core.types import Precision
from kc.library.precision import cast_floats


class Casts:
    """Steps that cast values, each value once for each precision that is wanted of it.

    Example:
        ``x:bfloat16 = cast_floats(x, precision="bfloat16")``
    """

    def __init__(self, graph: Graph) -> None:
        self.steps: list[Step] = []
        """Casts that are to be put before the step that wants them."""
        self._graph = graph
        self._precisions: dict[str, Precision] = {
            name: "float32" for name, kind in graph.inputs.items() if kind.is_float
        }

    def inputs(self, node: Node) -> Node:
        """The node with its inputs in its precision; what it makes is known from here on."""
        floats = any(value in self._precisions for value in node.inputs)
        inputs = tuple(self.value(value, node.precision, node) for value in node.inputs)
        self._made(node, floats)
        return replace(node, inputs=inputs)

    def outputs(self, outputs: Mapping[str, str]) -> Mapping[str, str]:
        """Values that leave the program, in float32."""
        return {name: self.value(value, "float32") for name, value in outputs.items()}

    def value(self, value: str, precision: Precision, reader: Node | None = None) -> str:
        """A value in a precision: itself, or what a cast makes of it."""
        if self._precisions.get(value, precision) == precision:
            return value
        made = f"{value}:{precision}"
        if made not in self._precisions:
            self._precisions[made] = precision
            node = reader or self._graph.index[owner(value)]
            call = Call(cast_floats, precision=precision)
            step = Step(made, call, (value,), scope="", node=node.name, span=node.span)
            self.steps.append(step)
        return made

    def take(self) -> list[Step]:
        """The casts since the last time."""
        steps, self.steps = self.steps, []
        return steps

    def _made(self, node: Node, floats: bool) -> None:
        """Note what a node makes. Out of whole numbers alone it makes float32, as ``one_hot``."""
        assert node.inferred is not None
        made = node.precision if floats or node.inferred.weights else "float32"
        parts = {f"{node.name}.{part}": kind for part, kind in node.inferred.parts.items()}
        for value, kind in {node.name: node.output, **parts}.items():
            if kind.is_float:
                self._precisions[value] = made

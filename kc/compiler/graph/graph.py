"""The model as a graph of typed nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kc.core.program import Call
from kc.core.span import Span
from kc.core.types import Inferred, Precision, TensorType
from kc.library.draws import Distribution
from kc.library.initial import Initial
from kc.library.layer import Layer


def owner(value: str) -> str:
    """The node that makes a value: ``lstm`` makes ``lstm`` and ``lstm.state_h``."""
    return value.partition(".")[0]


def part(value: str) -> str:
    """The name of a value inside of its node; empty for the output."""
    return value.partition(".")[2]


def is_within(path: str, outer: str) -> bool:
    """Whether a path is an outer one, or begins with it."""
    return path == outer or path.startswith(f"{outer}/") or not outer


@dataclass(frozen=True, slots=True)
class FirstValues:
    """First values of a node's weights, as an item gives them."""

    values: Initial
    inside: str = ""
    """Path of the layer in the item; empty where it is the item itself."""


@dataclass(frozen=True, slots=True)
class Iteration:
    """One of the repetitions that an item stands for."""

    scope: str
    """Scope of the item: those of its repetitions are ``SCOPE/0``, ``SCOPE/1``."""
    path: str
    """The same for the names of nodes. In a shared part that is another one."""
    number: int


@dataclass(frozen=True, slots=True)
class Region:
    """An item that the backward pass computes again, in place of keeping what is made inside."""

    path: str
    """What the names of its nodes begin with; its own name where it is one layer."""
    scope: str
    """The same for the scopes of their weights."""


@dataclass(frozen=True, slots=True)
class BlockUse:
    """An item that is a use of a block."""

    block: str
    """What the block is called."""
    scope: str
    """What the scopes of its layers begin with."""
    inputs: Mapping[str, str]
    """The values that it takes, and what the block calls them where it gives them names."""


@dataclass(frozen=True, slots=True)
class Node:
    """One layer at one place. ``inferred`` is None until types are known."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    scope: str
    """Key of its weights: its name, or the name inside the shared part that it is a use of."""
    span: Span | None
    inferred: Inferred | None = None
    trainable: bool = True
    """Whether training changes its weights."""
    precision: Precision = "float32"
    """What it computes in."""
    initial: FirstValues | None = None
    iterations: tuple[Iteration, ...] = ()
    """The repetitions that it is a part of, from the outside."""
    remat: Region | None = None
    """The outermost item around it, or itself, that is computed again."""

    masks: tuple[str | None, ...] = ()
    """The masks of its inputs; empty where none has one."""
    mask: str | None = None
    """The mask of its output."""
    mask_call: Call | None = None
    """What makes the mask, where the node does it itself."""

    @property
    def files(self) -> Sequence[str]:
        """Files that its weights have their first values from."""
        weights = self.inferred is not None and (self.inferred.weights or self.inferred.state)
        return self.initial.values.files if self.initial and weights else ()

    @property
    def output(self) -> TensorType:
        """Type of its output; only once types are inferred."""
        assert self.inferred is not None
        return self.inferred.output


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order in which they are computed."""

    inputs: Mapping[str, TensorType]
    """Types of the inputs as the data give them, before preprocessing."""
    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]
    """Name of each output and the value that it is."""
    spans: Mapping[str, Span | None] = field(default_factory=dict[str, "Span | None"])
    """Where inputs were written."""
    read: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that terms of the training read, by the names that they use."""
    drawn: Mapping[str, Distribution] = field(default_factory=dict[str, "Distribution"])
    """Inputs that training draws at random."""
    blocks: Mapping[str, BlockUse] = field(default_factory=dict[str, BlockUse])
    """Uses of blocks, by the path that their nodes begin with."""
    complete: bool = True
    """Whether every item could be built; what reads a missing one is missing, too."""

    index: Mapping[str, Node] = field(init=False, repr=False, compare=False)
    """Nodes by name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {node.name: node for node in self.nodes})

    def with_nodes(self, nodes: tuple[Node, ...]) -> Graph:
        return replace(self, nodes=nodes)

    def type_of(self, value: str) -> TensorType | None:
        """Type of an input or of a node's output; None where it is not known."""
        if value in self.inputs:
            return self.inputs[value]
        node = self.index.get(owner(value))
        if node is None or node.inferred is None:
            return None
        return node.output if value == node.name else node.inferred.parts.get(part(value))

    def mask_of(self, value: str) -> str | None:
        """The mask of a value."""
        node = self.index.get(value)
        return node.mask if node else None

    def node(self, name: str) -> Node | None:
        return self.index.get(name)

    @property
    def output_types(self) -> Mapping[str, TensorType]:
        """Types of the outputs, once they are inferred."""
        types = {name: self.type_of(value) for name, value in self.outputs.items()}
        return {name: kind for name, kind in types.items() if kind is not None}

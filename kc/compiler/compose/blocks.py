"""``blocks``: lists of layers with parameters, as they are defined and as arguments fill them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.expression import looks_like_expression
from kc.core.registry import is_kind
from kc.core.span import Span
from kc.core.text import did_you_mean
from kc.core.tree import Key, ListNode, MapNode, ScalarNode, Tree
from kc.library.layer import RESERVED
from kc.schemas import block as section

_WORDS: Final[Mapping[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "number": "a number",
    "bool": "true or false",
    "str": "text",
    "list": "a list",
    "map": "a map",
    "any": "anything",
}
_FITS: Final[Mapping[str, Callable[[Tree], bool]]] = {
    "int": lambda node: _is(node, int),
    "float": lambda node: _is(node, int, float),
    "number": lambda node: _is(node, int, float),
    "bool": lambda node: isinstance(node, ScalarNode) and isinstance(node.value, bool),
    "str": lambda node: _is(node, str),
    "list": lambda node: isinstance(node, ListNode),
    "map": lambda node: isinstance(node, MapNode),
    "any": lambda node: True,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a block."""

    name: str
    span: Span
    type: str
    """A word of ``_WORDS``; of a default it is the type."""
    default: Tree | None
    """None where an argument is required."""

    @property
    def is_numeric(self) -> bool:
        return self.type in {"int", "float", "number"}

    @property
    def words(self) -> str:
        return _WORDS[self.type]

    def takes(self, node: Tree) -> bool:
        return _FITS[self.type](node)


@dataclass(slots=True)
class Block:
    """A block as it is defined."""

    name: str
    span: Span
    """Place of its name."""
    parameters: Mapping[str, Parameter]
    inputs: Tree | None
    layers: ListNode
    seen: set[str] = field(default_factory=set[str])
    """Parameters that something mentions."""
    named: bool = False
    """Whether an item names it."""
    written_out: bool = False
    """Whether an item that names it was written out."""


def blocks_of(written: Tree | None, report: Report) -> dict[str, Block]:
    """The blocks that a spec defines; those that are none are reported and left out."""
    if not isinstance(written, MapNode):
        return {}
    found = (_block(key, value, report) for key, value in written.entries)
    return {block.name: block for block in found if block is not None}


def _block(key: Key, value: Tree, report: Report) -> Block | None:
    def refuse(message: str, at: Span, help: str) -> None:
        report.add(codes.BLOCK, message, at=at, help=help)

    layers = value.get("layers") if isinstance(value, MapNode) else None
    if is_kind(key.text, "layer") or key.text in RESERVED:
        what = "a key of items" if key.text in RESERVED else "a layer of the library"
        refuse(f"`{key.text}` is {what}", key.span, "choose another name")
    elif not (key.text.isidentifier() and key.text.isascii()) or key.text.startswith("_"):
        refuse(f"`{key.text}` is no name", key.span,
               "use letters, digits and `_`, and begin with a letter")  # fmt: skip
    elif not isinstance(value, MapNode) or layers is None:
        refuse(f"the block `{key.text}` has no `layers`", key.span,
               f"write `{key.text}: {{params: {{...}}, layers: [...]}}`")  # fmt: skip
    elif not isinstance(layers, ListNode):
        refuse("`layers` of a block is a list", layers.span, "write `layers: [...]`")
    else:
        _check_keys(value, report)
        parameters = _parameters(value.get("params"), key.text, report)
        return Block(key.text, key.span, parameters, value.get("inputs"), layers)
    return None


def _check_keys(block: MapNode, report: Report) -> None:
    for key, _ in block.entries:
        if key.text not in section.Block.model_fields:
            help = did_you_mean(key.text, section.Block.model_fields)
            report.add(codes.UNKNOWN_KEY, f"unknown key `{key.text}`", at=key.span, help=help)


def _parameters(written: Tree | None, block: str, report: Report) -> dict[str, Parameter]:
    if written is None:
        return {}
    if not isinstance(written, MapNode):
        report.add(
            codes.BLOCK,
            f"the parameters of `{block}` are no map",
            at=written.span,
            help="write each with its type or its default: `{filters: int, strides: 1}`",
        )
        return {}
    found: dict[str, Parameter] = {}
    for key, value in written.entries:
        if not (key.text.isidentifier() and key.text.isascii()):
            report.add(codes.BLOCK, f"`{key.text}` is no name", at=key.span,
                       help="use letters, digits and `_`")  # fmt: skip
        elif isinstance(value, ScalarNode) and value.value in section.TYPES and not value.quoted:
            found[key.text] = Parameter(key.text, key.span, str(value.value), None)
        else:
            found[key.text] = Parameter(key.text, key.span, type_of(value), value)
    return found


def type_of(node: Tree) -> str:
    """The type that a default gives its parameter."""
    match node:
        case ListNode():
            return "list"
        case MapNode():
            return "map"
        case ScalarNode(value=bool()):
            return "bool"
        case ScalarNode(value=int()):
            return "int"
        case ScalarNode(value=float()):
            return "float"
        case ScalarNode(value=str(text), quoted=quoted):
            if "$" in text:
                return "any"
            return "number" if not quoted and looks_like_expression(text) else "str"
        case _:
            return "any"


def _is(node: Tree, *types: type) -> bool:
    return (
        isinstance(node, ScalarNode)
        and isinstance(node.value, types)
        and not isinstance(node.value, bool)
    )

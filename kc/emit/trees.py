"""How generated code finds the arrays of a layer in `params` and `state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kc.compiler.graph.graph import is_within
from kc.core.stretches import Repeat
from kc.emit.names import string
from kc.emit.parts import Part

NESTED: Final = '''\
def nested(arrays):
    """Arrays by layer as a tree: those of `a/b` lie in `b` of `a`."""
    tree = {}
    for layer, own in arrays.items():
        *outer, last = layer.split("/")
        inner = tree
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = dict(own)
    return tree'''
FLAT: Final = '''\
def flat(tree, layers):
    """Arrays by layer again, as `nested` has got them."""
    return {layer: reduce(dict.get, layer.split("/"), tree) for layer in layers}'''

_SHARED: Final[Mapping[str, str]] = {"params": "shared", "state": "shared_state"}
"""What a function calls the trees of the whole model, of which shared parts are a part."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Expressions for arrays at one place: at the top of the model, or in the function of a part.

    The function of a block gets the part of each tree that is its own.
    """

    part: Part | None = None
    """None at the top."""
    are_nested: bool = True
    """Whether trees are nested at the top; else they have one key for each layer."""

    def of(self, tree: str, scope: str, repeat: Repeat | None = None) -> str:
        """What a tree holds for a scope; of a repeat, for the iteration ``number``."""
        if not self.are_nested:
            return f"{tree}[{string(scope)}]"
        root, inner = tree, scope
        if self.part is not None and not is_within(scope, self.part.scope):
            root = _SHARED[tree]
        elif self.part is not None:
            inner = scope.removeprefix(self.part.scope).removeprefix("/")
        keys = [string(key) for key in inner.split("/")] if inner else []
        if repeat is not None:
            keys[-1] = "str(number)"
        return root + "".join(f"[{key}]" for key in keys)

    def shared(self, name: str) -> str:
        """What is given to a function inside for ``shared`` and ``shared_state``."""
        at_top = {shared: tree for tree, shared in _SHARED.items()}
        return at_top[name] if self.part is None else name

    def stream(self, index: int, repeat: Repeat | None = None) -> str:
        """The number of a random stream; of a repeat, for the iteration ``number``."""
        terms: list[str] = []
        if self.part is not None:
            assert self.part.first_stream is not None
            terms.append("stream")
            index -= self.part.first_stream
        if repeat is not None:
            terms.append("number" if repeat.keys == 1 else f"{repeat.keys} * number")
            index -= repeat.keys * repeat.number
        if index or not terms:
            terms.append(str(index))
        return " + ".join(terms).replace("+ -", "- ")

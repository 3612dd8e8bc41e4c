"""A block: layers with parameters, written out where an item names it."""

from __future__ import annotations

from typing import Annotated, Final

from kc.core.registry import SpecModel
from kc.library.fields import Name
from kc.library.layer import Item, ItemField

TYPES: Final = ("int", "float", "number", "bool", "str", "list", "map", "any")
"""Words that a parameter has in place of a default."""


class Block(SpecModel):
    """A list of layers with parameters. Each use has weights of its own."""

    params: dict[Name, object] = {}
    """Parameters by name: a default, or `int`, `float`, `number`, `bool`, `str`, `list`, `map`,
    `any` for one that has to be given."""
    inputs: tuple[Name, ...] = ()
    """What the layers call the inputs, where there are several; one alone is called `input`."""
    layers: tuple[Annotated[Item, ItemField()], ...]
    """The layers inside; the last one is the output."""

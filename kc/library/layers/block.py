"""A list of layers as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from kc.library.fields import Name
from kc.library.layer import Composite, Item, ItemField


class Block(Composite, kind="block"):
    """A list of layers as one layer, which names and settings beside it speak of as a whole.

    Uses of what ``blocks`` defines become this, with arguments in place of parameters.

    Shapes: as the layers inside.

    Example:
        - {block: [{dense: 16}, relu], name: body}
    """

    layers: tuple[Annotated[Item, ItemField()], ...]
    """The layers inside. ``from: input`` names the input; without layers it is the output."""
    of: Name | None = None
    """What it is called after where it has no name of its own."""
    inputs: tuple[Name, ...] = ()
    """Names of the inputs, where there are several; one alone is called ``input``."""

    @property
    def called(self) -> str:
        return self.of or self.kind

    @property
    def inside(self) -> Sequence[str]:
        return self.inputs

    def expand(self) -> Sequence[Item]:
        return self.layers

"""Layers one after another, told apart by their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import model_validator

from kc.library.fields import Name
from kc.library.layer import Composite, Item, ItemField


class Repeated(Composite, kind="repeated"):
    """Layers one after another, called ``NAME/0``, ``NAME/1`` and so on.

    ``repeat`` and ``for`` beside an item become this. With several inputs each layer takes the
    output of the one before it as the first, and the same others.

    Shapes: as the layers inside.

    Example:
        - repeated: [{dense: 16}, {dense: 16}]
    """

    layers: tuple[Annotated[Item, ItemField()], ...]
    """The layers; none of them says what it takes."""
    of: Name | None = None
    """What it is called after where it has no name of its own."""

    @model_validator(mode="after")
    def _stand_in_order(self) -> Self:
        if any(item.name is not None or item.inputs is not None for item in self.layers):
            raise ValueError("`name` and `from` stand beside `repeated`, not inside of it")
        return self

    @property
    def called(self) -> str:
        return self.of or self.kind

    def expand(self) -> Sequence[Item]:
        return self.layers

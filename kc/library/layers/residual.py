"""A skip connection around a list of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kc.library.layer import Composite, Item, ItemField
from kc.library.layers.add import Add


class Residual(Composite, kind="residual"):
    """``shortcut(x) + layers(x)``: a skip connection around a list (He et al. 2016).

    Shapes: any -> that of the list, which the shortcut has to have, or one that broadcasts to it.

    Example:
        - residual: [layer_normalization, {dense: 16}]
    """

    layers: Annotated[tuple[Annotated[Item, ItemField()], ...], Field(min_length=1)]
    """The layers inside. ``from: input`` names the input of the list."""
    shortcut: tuple[Annotated[Item, ItemField()], ...] = ()
    """Layers on the way around, where the list changes the shape; by default there are none."""

    def expand(self) -> Sequence[Item]:
        if not self.shortcut:
            return [*self.layers, Item(layer=Add(), inputs=("input", "previous"))]
        *before, last = self.layers
        first, *after = self.shortcut
        main = last.name or "main"
        return [
            *before,
            last.model_copy(update={"name": main}),
            first.model_copy(update={"inputs": first.inputs or ("input",)}),
            *after,
            Item(layer=Add(), inputs=("previous", main)),
        ]

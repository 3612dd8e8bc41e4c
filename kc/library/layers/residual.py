"""A skip connection around a list of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kc.library.layer import Composite, Item, ItemField
from kc.library.layers.add import Add


class Residual(Composite, kind="residual"):
    """``x + layers(x)``: a skip connection around a list (He et al. 2016).

    Shapes: any -> the same; the list has to keep the shape, or one that broadcasts to it.

    Example:
        - residual: [layer_normalization, {dense: 16}]
    """

    layers: Annotated[tuple[Annotated[Item, ItemField()], ...], Field(min_length=1)]
    """The layers inside. ``from: input`` names the input of the list."""

    def expand(self) -> Sequence[Item]:
        return [*self.layers, Item(layer=Add(), inputs=("input", "previous"))]

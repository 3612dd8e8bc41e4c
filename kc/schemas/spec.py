"""A whole spec: one file, one experiment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from kc.core.registry import SpecModel
from kc.core.span import Span
from kc.core.tree import Tree, key_span, value_span, word_span
from kc.schemas.data import Data
from kc.schemas.model import Model
from kc.schemas.training import Training


class Spec(SpecModel):
    """A model, its data and its training."""

    kc: Literal[1]
    """Version of the language."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)] | None = (
        None
    )
    """Name of the experiment: run folders are called after it."""
    plugins: tuple[str, ...] = ()
    """Python files in or below the spec's folder, whose entries it can name. Training runs them,
    checking does not."""
    vars: dict[str, object] = {}
    """Values that ``$name`` refers to."""
    data: Data | None = None
    """Where examples come from."""
    model: Model
    """The graph of layers."""
    training: Training | None = None
    """How the model is trained."""

    _tree: Tree | None = PrivateAttr(default=None)

    def written_in(self, tree: Tree) -> Spec:
        """The same, read from this tree."""
        self._tree = tree
        return self

    @property
    def tree(self) -> Tree:
        """What it was read from."""
        assert self._tree is not None
        return self._tree

    def key_place(self, *path: str | int) -> Span | None:
        """Where the deepest key along a path was written; None for a spec made in Python."""
        return None if self._tree is None else key_span(self._tree, path)

    def value_place(self, *path: str | int, value: str | None = None) -> Span | None:
        """Where the deepest value along a path was written, or a word inside of it."""
        if self._tree is None:
            return None
        found = None if value is None else word_span(self._tree, path, value)
        return found or value_span(self._tree, path)

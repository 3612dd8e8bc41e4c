"""A whole spec: one file, one experiment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from kc.core.registry import SpecModel
from kc.core.span import Span
from kc.core.tree import Tree, key_span, value_span, word_span
from kc.library.fields import Name
from kc.schemas.block import Block
from kc.schemas.data import Data
from kc.schemas.model import Model
from kc.schemas.sweep import Sweep
from kc.schemas.training import Training

TOP_ONLY = ("extends", "profiles")
"""Keys that are read before a profile could change them."""


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
    extends: str | tuple[str, ...] | None = None
    """Specs that this one is laid over: files in or below the folder of the spec."""
    profiles: dict[
        str,
        Annotated[
            dict[str, object],
            Field(json_schema_extra={"propertyNames": {"not": {"enum": [*TOP_ONLY]}}}),
        ],
    ] = {}
    """Parts of a spec by name, which ``--profile`` lays over it."""
    blocks: dict[Name, Block] = {}
    """Lists of layers with parameters. An item that names one is written out."""
    data: Data | None = None
    """Where examples come from."""
    model: Model
    """The graph of layers."""
    training: Training | None = None
    """How the model is trained."""
    sweep: Sweep | None = None
    """What ``kc sweep`` searches, and what for. Nothing else looks at it."""

    _tree: Tree | None = PrivateAttr(default=None)

    def written_in(self, tree: Tree) -> Spec:
        """The same, read from this tree."""
        self._tree = tree
        return self

    @property
    def is_written(self) -> bool:
        """Whether it was read from a tree; one that was made in Python was not."""
        return self._tree is not None

    @property
    def tree(self) -> Tree:
        """What it was read from."""
        assert self._tree is not None
        return self._tree

    def resolved(self) -> dict[str, Any]:
        """The spec as plain data, with all names resolved and defaults left out.

        A sweep is no part of what is trained.
        """
        plain = self.model_dump(exclude_defaults=True, by_alias=True, exclude={"sweep"})
        return {"kc": self.kc, **plain}

    def key_place(self, *path: str | int) -> Span | None:
        """Where the deepest key along a path was written; None for a spec made in Python."""
        return None if self._tree is None else key_span(self._tree, path)

    def value_place(self, *path: str | int, value: str | None = None) -> Span | None:
        """Where the deepest value along a path was written, or a word inside of it."""
        if self._tree is None:
            return None
        found = None if value is None else word_span(self._tree, path, value)
        return found or value_span(self._tree, path)

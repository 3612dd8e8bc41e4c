"""A whole spec: one file, one experiment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kc.core.registry import SpecModel
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
    vars: dict[str, object] = {}
    """Values that ``$name`` refers to."""
    data: Data | None = None
    """Where examples come from."""
    model: Model
    """The graph of layers."""
    training: Training | None = None
    """How the model is trained."""

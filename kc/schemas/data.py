"""The section ``data``."""

from __future__ import annotations

from pydantic import model_validator

from kc.core.registry import SpecModel
from kc.library.fields import Fraction, Name, Seed
from kc.library.source import SourceField
from kc.schemas.model import Items


class Split(SpecModel):
    """How examples are divided. What is left is for training."""

    validation: Fraction = 0.0
    """Part that measures each epoch."""
    test: Fraction = 0.0
    """Part that measures the finished model."""
    stratify: bool = False
    """Whether each part gets its share of every class."""
    shuffle: bool = True
    """Whether examples are drawn at random; otherwise validation and test are the last ones."""
    seed: Seed = 0
    """Number of the draw."""

    @model_validator(mode="after")
    def _leaves_some(self) -> Split:
        if self.validation + self.test >= 1:
            raise ValueError("`validation` and `test` leave nothing for training")
        if self.stratify and not self.shuffle:
            raise ValueError("`stratify` draws at random, so it needs `shuffle: true`")
        return self


class Data(SpecModel):
    """Examples and what is done to them first."""

    source: SourceField
    """Where they come from."""
    split: Split = Split.default()
    """How they are divided."""
    preprocess: dict[Name, Items] = {}
    """Layers that each input passes first, by input; they are part of the compiled model."""

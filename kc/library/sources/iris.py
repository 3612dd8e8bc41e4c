"""Flowers of three kinds."""

from __future__ import annotations

from pathlib import Path

from kc.core.data import Examples
from kc.library.packaged import packaged_table
from kc.library.source import Source


class Iris(Source, kind="iris"):
    """150 flowers of three kinds, by the size of their leaves, which scikit-learn ships.

    Input ``features``: float32 (4,), length and width of sepal and petal in cm. Target
    ``species``: setosa, versicolor, virginica. Needs the extra ``datasets``.

    Source: Fisher, The Use of Multiple Measurements in Taxonomic Problems, 1936.

    Example:
        source: iris
    """

    classes = 3
    total = 150

    def load(self, folder: Path) -> Examples:
        return packaged_table(self.kind, "species")

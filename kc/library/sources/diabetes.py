"""How a disease goes on."""

from __future__ import annotations

from pathlib import Path

from kc.core.data import Examples
from kc.library.packaged import packaged_table
from kc.library.source import Source


class Diabetes(Source, kind="diabetes"):
    """442 patients with diabetes, and how it went on within a year, which scikit-learn ships.

    Input ``features``: float32 (10,), centred and scaled already. Target ``progression``: float32,
    25 to 346. Needs the extra ``datasets``.

    Source: Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, 2004.

    Example:
        source: diabetes
    """

    total = 442

    def load(self, folder: Path) -> Examples:
        return packaged_table(self.kind, "progression")

"""Wines of three growers."""

from __future__ import annotations

from pathlib import Path

from kc.core.data import Examples
from kc.library.packaged import packaged_table
from kc.library.source import Source


class Wine(Source, kind="wine"):
    """178 wines of three growers, by what was measured in them, which scikit-learn ships.

    Input ``features``: float32 (13,), of very different scale. Target ``grower``: 0 to 2. Needs the
    extra ``datasets``.

    Source: Aeberhard and Forina, Wine, UCI 1992.

    Example:
        source: wine
    """

    classes = 3
    total = 178

    def load(self, folder: Path) -> Examples:
        return packaged_table(self.kind, "grower")

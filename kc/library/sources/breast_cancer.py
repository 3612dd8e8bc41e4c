"""Tumours, malignant or benign."""

from __future__ import annotations

from pathlib import Path

from kc.core.data import Examples
from kc.library.packaged import packaged_table
from kc.library.source import Source


class BreastCancer(Source, kind="breast_cancer"):
    """569 tumours, malignant or benign, by the shape of their cells, which scikit-learn ships.

    Input ``features``: float32 (30,), of very different scale. Target ``diagnosis``: 0 for
    malignant, 1 for benign. Needs the extra ``datasets``.

    Source: Wolberg, Mangasarian, Street and Street, Breast Cancer Wisconsin (Diagnostic), UCI 1993.

    Example:
        source: breast_cancer
    """

    classes = 2
    total = 569

    def load(self, folder: Path) -> Examples:
        return packaged_table(self.kind, "diagnosis")

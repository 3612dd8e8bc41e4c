"""Handwritten digits."""

from __future__ import annotations

from pathlib import Path

from kc.core.data import Examples
from kc.library.packaged import packaged
from kc.library.source import Source


class Digits(Source, kind="digits"):
    """1,797 handwritten digits of 8 by 8 pixels, which scikit-learn ships.

    Input ``image``: float32 (8, 8, 1), values 0 to 16. Target ``digit``: 0 to 9. Needs the extra
    ``datasets``.

    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998.

    Example:
        source: digits
    """

    classes = 10
    total = 1_797

    def load(self, folder: Path) -> Examples:
        pixels, digits, words = packaged(self.kind)
        return Examples(
            {"image": pixels.reshape(-1, 8, 8, 1).astype("float32")},
            {"digit": digits.astype("int32")},
            classes={"digit": words},
        )

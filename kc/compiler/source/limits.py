"""Bounds on what a spec may hold, checked while it is read."""

from __future__ import annotations

from typing import Final

FILE_BYTES: Final = 1_000_000
NODES: Final = 100_000
"""Values of a file, each alias counted with everything that it repeats."""
DEPTH: Final = 64
VALUE_CHARACTERS: Final = 65_536
KEY_CHARACTERS: Final = 256
INTEGER_BITS: Final = 63
FAMILY_FILES: Final = 16
"""Files of one spec: itself and all that it extends, each counted as often as it is named."""
FAMILY_BYTES: Final = 4_000_000

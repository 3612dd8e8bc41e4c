"""What is said about a spec outside of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What a command line adds to a spec, and where the spec's files are."""

    overrides: Sequence[str] = ()
    """``path=value`` changes, in their order."""
    profiles: Sequence[str] = ()
    """Names of profiles, in their order."""
    folder: Path | None = None
    """Where the paths of the spec begin; None when it may name no files."""
    root: Path | None = None
    """The folder that no file of the spec may lie outside of; by default ``folder``."""

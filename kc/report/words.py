"""Numbers and times as people read them."""

from __future__ import annotations

import math
from datetime import datetime


def value(number: float) -> str:
    """Four digits that count: ``0.9722``, ``12,300``, ``2e-05``."""
    if not math.isfinite(number):
        return str(number)
    number = float(f"{number:.4g}")
    if number and not 1e-4 <= abs(number) < 1e6:
        return f"{number:.4g}"
    return f"{number:,.8f}".rstrip("0").rstrip(".")


def duration(seconds: float) -> str:
    """``0.8 s``, ``2 min 5 s``, ``3 h 12 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours:,} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def moment(at: datetime) -> str:
    """``2026-01-31 09:45``, in the zone of the reader's machine."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"

"""Every combination."""

from __future__ import annotations

from kc.library.sampler import Sampler


class Grid(Sampler, kind="grid", aka=("grid_search",)):
    """Every combination of the values, the last path of the space first.

    Ranges need a ``step``. Without ``trials`` the whole grid is tried.

    Example:
        sampler: grid
    """

"""The targets of all examples, in memory or in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.compiler.plan.plan import Plan
from kc.core.data import Examples
from kc.runtime.data.stream import Part

if TYPE_CHECKING:
    from kc.core.data import Arrays


def targets_of(plan: Plan, part: Part) -> Arrays:
    """Targets by the names of the outputs."""
    if isinstance(part, Examples):
        return part.targets
    targets = part.targets()
    return dict(zip(plan.losses, targets.values(), strict=True)) if len(targets) == 1 else targets

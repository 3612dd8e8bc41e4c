"""What a person is told when a run goes on after numbers that were not finite."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core import codes
from kc.core.diagnostic import Diagnostic
from kc.core.text import listing


def skipped(epoch: int, step: int) -> Diagnostic:
    """The notice of the first step of an epoch, from 0, that was skipped."""
    return Diagnostic(
        codes.STEP_SKIPPED,
        f"step {step + 1} (epoch {epoch}) was skipped: not all that it leaves is finite",
        help="`on_nan: stop` tells which layer it was; `skipped_steps` counts more of them",
    )


def went_back(epoch: int, step: int, rates: Mapping[str, float]) -> Diagnostic:
    """The notice of an epoch that begins again because of a step, from 0."""
    rate = listing([f"{rate:.4g}" for rate in rates.values()])
    return Diagnostic(
        codes.ROLLED_BACK,
        f"step {step + 1} or one before it left numbers that are not finite: epoch {epoch} begins "
        f"again with a learning rate of {rate}",
        help="`on_nan: stop` tells which layer it was",
    )

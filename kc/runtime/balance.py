"""Weights that let all classes count the same, found in the training examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.diagnostic import failure
from kc.runtime.data.stream import Part
from kc.runtime.data.targets import targets_of

if TYPE_CHECKING:
    from kc.core.data import Arrays


def balanced_weights(plan: Plan, part: Part) -> Mapping[str, float] | None:
    """The weight of each class by its number; None where the examples have no target.

    Examples / (classes * examples of the class), as ``compute_class_weight`` of scikit-learn.

    Raises:
        CompileError: when the target is of other values than classes.
    """
    targets = targets_of(plan, part)
    (name, *_) = plan.losses
    if name not in targets:
        return None
    labels = _labels(targets, name, plan)
    numbers, counts = np.unique(labels, return_counts=True)
    weights = len(labels) / (len(numbers) * counts)
    return {str(n): w for n, w in zip(numbers.tolist(), weights.tolist(), strict=True)}


def _labels(targets: Arrays, name: str, plan: Plan) -> np.ndarray:
    """The number of each example's class."""
    target = targets[name]
    if target.ndim == 2:  # one-hot rows
        target = target[:, 0] if target.shape[1] == 1 else target.argmax(1)
    if target.ndim != 1 or (target != np.floor(target)).any() or (target < 0).any():
        raise failure(
            codes.NO_CLASSES,
            f"`class_weight: balanced` needs one class per example, and `{name}` has none",
            at=plan.place(("training", "class_weight"), None),
            help="remove it, or weigh examples by a column: `data: {weight: ...}`",
        )
    return target.astype(np.int64)

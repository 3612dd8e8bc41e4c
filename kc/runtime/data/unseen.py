"""Classes that only the examples for validation have, as when a sorted file is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.text import listing
from kc.runtime.data.split import Splits

if TYPE_CHECKING:
    from kc.core.data import Arrays


def report_unseen(plan: Plan, parts: Splits, report: Report) -> None:
    """Warn of each target with class numbers that training never sees."""
    if plan.data is None or parts.validation is None:
        return
    split = plan.data.split
    for name, classes in _unseen(plan, parts.train.targets, parts.validation.targets).items():
        report.add(
            codes.UNSEEN_CLASSES,
            f"training never sees the classes {listing(classes)} of `{name}` that validation has",
            at=plan.place(("data", "split", "shuffle"), None),
            help="write `stratify: true`" if split.shuffle else "remove `shuffle: false`",
        )


def _unseen(plan: Plan, train: Arrays, validation: Arrays) -> Mapping[str, list[str]]:
    found = {
        name: [str(number) for number in np.setdiff1d(validation[name], train[name])]
        for name, (loss, _) in plan.losses.items()
        if loss.after == "softmax" and train[name].dtype.kind in "iu" and train[name].ndim < 3
    }
    return {name: classes for name, classes in found.items() if classes}

"""Classes that only the examples for validation have, as when a sorted file is cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.text import listing
from kc.core.tree import Path
from kc.runtime.data.split import Splits
from kc.runtime.data.targets import targets_of
from kc.schemas.data import Data

if TYPE_CHECKING:
    from kc.core.data import Arrays


def report_unseen(plan: Plan, parts: Splits, report: Report) -> None:
    """Warn of each target with class numbers that training never sees."""
    if plan.data is None or parts.validation is None:
        return
    data = plan.data
    for name, classes in _unseen(
        plan, targets_of(plan, parts.train), targets_of(plan, parts.validation)
    ).items():
        report.add(
            codes.UNSEEN_CLASSES,
            f"training never sees the classes {listing(classes)} of `{name}` that validation has",
            at=plan.place(_cause(data), None),
            help=_help(data),
        )


def _cause(data: Data) -> Path:
    """The part of the spec that divides."""
    if data.validation is not None:
        return ("data", "validation")
    return ("data", "split", next(iter(data.split.columns), "shuffle"))


def _help(data: Data) -> str:
    split = data.split
    if data.validation is not None or split.column or split.time:
        return "add examples of them to those for training"
    if not split.shuffle:
        return "remove `shuffle: false`"
    return "write `stratify: true`" if not split.stratify else "choose another `seed`"


def _unseen(plan: Plan, train: Arrays, validation: Arrays) -> Mapping[str, list[str]]:
    found = {
        name: [str(number) for number in np.setdiff1d(validation[name], train[name])]
        for name, (loss, _) in plan.losses.items()
        if name in train
        and loss.after == "softmax"
        and train[name].dtype.kind in "iu"
        and train[name].ndim < 3
    }
    return {name: classes for name, classes in found.items() if classes}

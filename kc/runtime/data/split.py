"""Training, validation and test examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import count, listing
from kc.runtime.data.groups import Groups
from kc.runtime.data.lengths import check_lengths
from kc.runtime.data.order import SPLIT_STREAM, permutation
from kc.runtime.data.stream import Part
from kc.schemas.split import Split

if TYPE_CHECKING:
    from kc.core.data import Arrays

ReadColumn = Callable[[str], np.ndarray]
"""Gives all values of a column by its name."""
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Splits:
    """Examples by what they are for; None where the split asks for none."""

    train: Part
    validation: Part | None = None
    test: Part | None = None

    def map(self, change: Callable[[Part], Part]) -> Splits:
        """The parts, each changed."""
        parts = (self.train, self.validation, self.test)
        train, *others = (None if part is None else change(part) for part in parts)
        assert train is not None
        return Splits(train, *others)


class Numbers(NamedTuple):
    """Row numbers by what they are for, in the order of the data; int64."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(part: Part, parts: Split, column: ReadColumn | None = None) -> Splits:
    """Divide examples in memory or in files.

    Raises:
        DataError: as ``divide``, or when arrays in memory differ in length.
    """
    if isinstance(part, Examples):
        check_lengths(part)
    if not (parts.validates or parts.tests):
        return Splits(part)

    def targets() -> Arrays:
        return part.targets if isinstance(part, Examples) else part.targets()

    numbers = divide(len(part), parts, targets, column or _no_column)
    train, *others = (part.take(own) if len(own) else None for own in numbers)
    assert train is not None
    return Splits(train, *others)


def _no_column(name: str) -> np.ndarray:
    raise AssertionError(f"arrays have no column {name}")


def divide(
    total: int, parts: Split, targets: Callable[[], Arrays], column: ReadColumn = _no_column
) -> Numbers:
    """Divide row numbers: a function of their total, the seed, and the columns that are named.

    Raises:
        DataError: when a part would be empty, there are no classes to stratify by, or a column
            does not say where an example goes.
    """
    if parts.column is not None:
        found = _by_column(column(parts.column), parts)
    elif parts.group is not None:
        classes = _classes(targets()) if parts.stratify else None
        found = _by_group(Groups.drawn(column(parts.group), classes, parts.seed), parts)
    elif parts.time is not None:
        found = _latest(np.argsort(column(parts.time), kind="stable"), parts)
    elif parts.shuffle:
        order = permutation(total, parts.seed, SPLIT_STREAM)
        found = _drawn(_spread(order, _classes(targets())) if parts.stratify else order, parts)
    else:
        found = _last(np.arange(total), parts)
    _check_filled(found, total, parts)
    return Numbers(*map(np.sort, found))


def _drawn(order: np.ndarray, parts: Split) -> Numbers:
    # Held out first: in a stratified order any stretch holds its share of every class.
    _, validation, test = parts.sizes(len(order))
    held, left = np.split(order, [test])
    if parts.folds is not None:
        return _fold(left, held, parts)
    found, train = np.split(left, [validation])
    return Numbers(train, found, held)


def _last(order: np.ndarray, parts: Split) -> Numbers:
    train, validation, _ = parts.sizes(len(order))
    if parts.folds is not None:
        left, held = np.split(order, [train + validation])
        return _fold(left, held, parts)
    return Numbers(*np.split(order, [max(train, 0), max(train, 0) + validation]))


def _fold(left: np.ndarray, test: np.ndarray, parts: Split) -> Numbers:
    """One stretch validates, the others train."""
    assert parts.folds is not None
    assert parts.fold is not None
    stretches = np.array_split(left, parts.folds)
    validation = stretches.pop(parts.fold - 1)
    return Numbers(np.concatenate(stretches), validation, test)


def _latest(order: np.ndarray, parts: Split) -> Numbers:
    """The latest examples are held out; a fold validates on what follows what it trains on.

    Source of the folds: ``TimeSeriesSplit`` of scikit-learn.
    """
    if parts.folds is None:
        return _last(order, parts)
    assert parts.fold is not None
    left, test = np.split(order, [len(order) - parts.sizes(len(order))[2]])
    size = len(left) // (parts.folds + 1)
    begin = len(left) - (parts.folds - parts.fold + 1) * size
    return Numbers(left[:begin], left[begin : begin + size], test)


def _by_group(groups: Groups, parts: Split) -> Numbers:
    none = np.zeros(0, np.int64)
    test = groups.held_out(parts.test, groups.order) if parts.test else none
    left = groups.order[~np.isin(groups.order, test)]
    if parts.folds is not None and parts.fold is not None:
        validation = groups.folded(parts.folds, left)[parts.fold - 1]
    else:
        validation = groups.held_out(parts.validation, left) if parts.validation else none
    train = left[~np.isin(left, validation)]
    return Numbers(*map(groups.rows, (train, validation, test)))


def _by_column(column: np.ndarray, parts: Split) -> Numbers:
    said = {str(value): part for part in _PARTS for value in getattr(parts.named, part) or ()}
    names, numbers = np.unique(column.astype(str), return_inverse=True)
    others = None if parts.named.train else "train"
    found = [said.get(str(name), others) for name in names]
    if None in found:
        number = int(np.flatnonzero(numbers == found.index(None))[0])
        raise DataError(
            codes.PART_VALUE,
            f"the column `{parts.column}` says `{column[number]}` of example {number:,}, which is "
            "no part",
            f"it may say {listing(said)}; other words stand in `values`: `{{test: holdout}}`",
            path=("data", "split", "column"),
        )
    of = np.array([_PARTS.index(part) for part in found if part])[numbers]
    return Numbers(*(np.flatnonzero(of == place) for place in range(len(_PARTS))))


def _check_filled(found: Numbers, total: int, parts: Split) -> None:
    """Check that there are examples for all that the split asks for."""
    named = parts.named if parts.column else None
    asked = {
        "training": True,
        "validation": bool(named.validation and parts.values) if named else parts.validates,
        "test": bool(named.test and parts.values) if named else parts.tests,
    }
    for (name, wanted), numbers in zip(asked.items(), found, strict=True):
        if wanted and not len(numbers):
            raise DataError(
                codes.EMPTY_SPLIT, _empty(name, total, parts), _other_split(parts),
                path=("data", "split"),
            )  # fmt: skip


def _empty(name: str, total: int, parts: Split) -> str:
    if parts.column is not None:
        return f"the column `{parts.column}` names no example for {name}"
    if parts.group is not None:
        return f"the groups of `{parts.group}` are too few to leave one for {name}"
    return f"the split leaves no example for {name}: there are {total:,}"


def _other_split(parts: Split) -> str:
    if parts.column is not None:
        return "mend the file, or `data.split.values`"
    if parts.folds is not None:
        return "take fewer `folds`, or add examples"
    return "choose other fractions in `data.split`, or add examples"


def _classes(targets: Arrays) -> np.ndarray:
    """The number of each example's class."""
    if len(targets) != 1:
        found = listing(targets) if targets else "none"
        raise DataError(
            codes.NO_CLASSES,
            f"`stratify` needs exactly one target, the data has {found}",
            "remove `stratify`, or name one target",
        )
    (name, target), *_ = targets.items()
    rows = target.reshape(len(target), -1)
    _, classes = np.unique(rows, axis=0, return_inverse=True)
    number = int(classes.max()) + 1
    if number > max(2, len(target) // 2):
        raise DataError(
            codes.NO_CLASSES,
            f"`stratify` needs classes, but `{name}` has {number:,} different values in "
            f"{count(len(target), 'example')}",
            "remove `stratify`",
        )
    return classes.reshape(-1)


def _spread(order: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The same order, rearranged so that every stretch holds each class in proportion.

    The k-th of n examples of a class gets the place (k + 1/2) / n; equal places keep their order.
    """
    ordered = classes[order]
    counts = np.bincount(ordered)
    by_class = np.argsort(ordered, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(order), np.int64)
    rank[by_class] = np.arange(len(order)) - starts[ordered[by_class]]
    return order[np.argsort((rank + 0.5) / counts[ordered], kind="stable")]

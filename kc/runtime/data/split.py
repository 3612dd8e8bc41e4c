"""Training, validation and test examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import listing
from kc.runtime.data.lengths import check_lengths
from kc.runtime.data.order import SPLIT_STREAM, permutation
from kc.schemas.data import Split


@dataclass(frozen=True, slots=True)
class Splits:
    """Examples by what they are for; None where the split asks for none."""

    train: Examples
    validation: Examples | None = None
    test: Examples | None = None


def split(examples: Examples, parts: Split) -> Splits:
    """Divide examples: a function of their number, the seed and, if stratified, the classes.

    Raises:
        DataError: when a part would be empty, or there are no classes to stratify by.
    """
    check_lengths(examples)
    if not parts.validation and not parts.test:
        return Splits(examples)
    sizes = _sizes(len(examples), parts)
    train, validation, test = _rows(examples, parts, sizes)
    return Splits(
        examples.take(train),
        examples.take(validation) if parts.validation else None,
        examples.take(test) if parts.test else None,
    )


def _sizes(examples: int, parts: Split) -> tuple[int, int, int]:
    """Sizes of training, validation and test."""
    validation, test = _share(examples, parts.validation), _share(examples, parts.test)
    sizes = (examples - validation - test, validation, test)
    wanted = (1.0 - parts.validation - parts.test, parts.validation, parts.test)
    names = ("training", "validation", "test")
    for name, size, fraction in zip(names, sizes, wanted, strict=True):
        if fraction > 0 and size <= 0:
            raise DataError(
                codes.EMPTY_SPLIT,
                f"the split leaves no example for {name}: there are {examples:,}",
                "choose other fractions in `data.split`, or add examples",
            )
    return sizes


def _share(examples: int, fraction: float) -> int:
    # Keras's rule for validation_split: what is left for training is rounded down.
    return examples - math.floor(examples * (1.0 - fraction)) if fraction else 0


def _rows(examples: Examples, parts: Split, sizes: tuple[int, int, int]) -> Sequence[np.ndarray]:
    """Row numbers of each part. A part keeps the order of the data."""
    total = len(examples)
    if not parts.shuffle:
        return np.split(np.arange(total), [sizes[0], sizes[0] + sizes[1]])
    order = permutation(total, parts.seed, SPLIT_STREAM)
    if parts.stratify:
        order = _spread(order, _classes(examples))
    # Held out first: in a stratified order any stretch holds its share of every class.
    test, validation, train = np.split(order, [sizes[2], sizes[2] + sizes[1]])
    return np.sort(train), np.sort(validation), np.sort(test)


def _classes(examples: Examples) -> np.ndarray:
    """The number of each example's class."""
    if len(examples.targets) != 1:
        found = listing(examples.targets) if examples.targets else "none"
        raise DataError(
            codes.NO_CLASSES,
            f"`stratify` needs exactly one target, the data has {found}",
            "remove `stratify`, or name one target",
        )
    (name, target), *_ = examples.targets.items()
    rows = target.reshape(len(target), -1)
    _, classes = np.unique(rows, axis=0, return_inverse=True)
    number = int(classes.max()) + 1
    if number > max(2, len(target) // 2):
        raise DataError(
            codes.NO_CLASSES,
            f"`stratify` needs classes, but `{name}` has {number:,} different values in "
            f"{len(target):,} examples",
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

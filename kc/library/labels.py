"""Checks of labels before training: a wrong one would give NaN or silence on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core import codes
from kc.core.data import DataError

if TYPE_CHECKING:
    import numpy as np

    from kc.core.types import Size


def check_classes(target: np.ndarray, classes: Size, ignored: int | None = None) -> None:
    """Whole numbers from 0 up to the number of classes.

    Raises:
        DataError: naming the first label that is none.
    """
    import numpy as np

    wrong = (target < 0) | (target >= classes) | (target != np.floor(target))
    if ignored is not None:
        wrong &= target != ignored
    if not wrong.any():
        return
    row = int(np.argwhere(wrong)[0][0])
    value = target[wrong].ravel()[0]
    raise DataError(
        codes.LABEL_RANGE,
        f"the label {value:g} of example {row} has no output: the model has {classes} units",
        f"labels are whole numbers from 0 to {classes - 1}; the largest here is "
        f"{target.max():g}, the smallest {target.min():g}",
    )


def check_whole(target: np.ndarray) -> None:
    """Whole numbers, each the name of a class.

    Raises:
        DataError: naming the first label that is none.
    """
    import numpy as np

    wrong = target != np.floor(target)
    if wrong.any():
        row = int(np.argwhere(wrong)[0][0])
        raise DataError(
            codes.LABEL_RANGE,
            f"the label {target[wrong].ravel()[0]:g} of example {row} is no number of a class",
            "labels of this loss are whole numbers",
        )


def check_unit_interval(target: np.ndarray) -> None:
    """Numbers from 0 to 1.

    Raises:
        DataError: naming the first value that is outside.
    """
    import numpy as np

    wrong = ~((target >= 0) & (target <= 1))  # also NaN
    if wrong.any():
        row = int(np.argwhere(wrong)[0][0])
        raise DataError(
            codes.LABEL_RANGE,
            f"the target {target[wrong].ravel()[0]:g} of example {row} is no probability",
            "targets of this loss lie between 0 and 1",
        )

"""Rows of words as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kc.cli.escape import escape


def table(lines: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Columns as wide as they have to be; what comes from files is made harmless.

    Args:
        lines: the cells of each line, the head first.
        right: numbers of the columns that stand at the right, as numbers do.
    """
    shown = [[escape(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    right = frozenset(right)
    return "".join(
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in shown
    )

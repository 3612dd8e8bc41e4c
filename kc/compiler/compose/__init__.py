"""From the tree as written to the tree as meant: overrides first, then variables."""

from __future__ import annotations

from collections.abc import Iterable

from kc.compiler.compose.overrides import override
from kc.compiler.compose.variables import substitute
from kc.core.diagnostic import Report
from kc.core.tree import Tree


def compose(tree: Tree, overrides: Iterable[str], report: Report) -> Tree:
    """Apply overrides in order, then resolve every ``$name``."""
    for assignment in overrides:
        tree = override(tree, assignment, report)
    return substitute(tree, report)

"""From the tree as written to the tree as meant.

Bases, profiles and overrides change values; after them names, blocks, repeats and conditions are
resolved once.
"""

from __future__ import annotations

from collections.abc import Sequence

from kc.compiler.compose.extends import extend
from kc.compiler.compose.options import Options
from kc.compiler.compose.overrides import override
from kc.compiler.compose.profiles import use_profiles
from kc.compiler.compose.resolve import resolve
from kc.core.diagnostic import Report
from kc.core.tree import Tree


def compose(tree: Tree, options: Options | Sequence[str], report: Report) -> Tree | None:
    """What a tree means, or None where a base cannot be read or a limit is passed.

    The reason is in the report. Other things that cannot be resolved are reported, too, and stand
    as something harmless. ``options`` that are overrides only may be given as a list of them.
    """
    options = options if isinstance(options, Options) else Options(options)
    extended = extend(tree, options, report)
    if extended is None:
        return None
    tree = use_profiles(extended, options.profiles, report)
    for assignment in options.overrides:
        tree = override(tree, assignment, report)
    return resolve(tree, report)


__all__ = ["Options", "compose"]

"""The plugins that a spec lists, run or only named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree
from kc.library import plugins
from kc.library.plugins import PluginError


def use_plugins(tree: Tree, folder: Path | None, report: Report) -> Sequence[str]:
    """Make the entries of a spec's plugins, and no other ones, known.

    Args:
        tree: the resolved spec.
        folder: where the paths of the spec begin; None when no code of plugins may run.
        report: takes what is wrong with a plugin.

    Returns:
        The plugins that were not run.
    """
    listed = tree.get("plugins") if isinstance(tree, MapNode) else None
    nodes = listed.items if isinstance(listed, ListNode) else ()
    # What is no text, validation refuses.
    named = [(n, n.value) for n in nodes if isinstance(n, ScalarNode) and isinstance(n.value, str)]
    plugins.deactivate()
    if folder is None:
        return [name for _, name in named]
    try:
        plugins.use_installed()
    except PluginError as error:
        report.add(codes.PLUGIN, error.message, at=error.at, help=error.help)
    for node, name in named:
        try:
            plugins.use_file(folder, name)
        except PluginError as error:
            cause = Label(node.span, "listed here")
            at = error.at or node.span
            report.add(codes.PLUGIN, error.message, at=at, cause=cause, help=error.help)
    return ()

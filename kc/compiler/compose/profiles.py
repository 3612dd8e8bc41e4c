"""``--profile smoke``: parts of a spec that are laid over it when asked for."""

from __future__ import annotations

from collections.abc import Iterable

from kc.compiler.compose.merge import merge
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.span import SourceText, Span
from kc.core.text import did_you_mean
from kc.core.tree import MapNode, Tree

_TOP_ONLY = ("extends", "profiles")
"""Keys that are read before a profile could change them."""


def use_profiles(tree: Tree, names: Iterable[str], report: Report) -> Tree:
    """The tree with some profiles laid over it in order, and without the section."""
    section = tree.get("profiles") if isinstance(tree, MapNode) else None
    if isinstance(tree, MapNode) and isinstance(section, MapNode):
        tree = tree.without("profiles")
    for name in names:
        profile = section.get(name) if isinstance(section, MapNode) else None
        if profile is None:
            _unknown(name, section, report)
        elif not isinstance(profile, MapNode):
            report.add(
                codes.WRONG_TYPE,
                f"the profile `{name}` is no map",
                at=profile.span,
                help="write sections and keys as in the spec: `{training: {epochs: 1}}`",
            )
        else:
            tree = merge(tree, _checked(profile, report), f"profile `{name}`", report)
    return tree


def _unknown(name: str, section: Tree | None, report: Report) -> None:
    source = SourceText("--profile", name)
    known = [key.text for key, _ in section.entries] if isinstance(section, MapNode) else []
    report.add(
        codes.UNKNOWN_PROFILE,
        f"the spec has no profile `{name}`",
        at=Span(source, 1, 1, 1, len(name) + 1),
        help=did_you_mean(name, known) if known else f"define it: `profiles: {{{name}: {{...}}}}`",
    )


def _checked(profile: MapNode, report: Report) -> MapNode:
    for word in _TOP_ONLY:
        if key := profile.key(word):
            report.add(
                codes.UNKNOWN_KEY,
                f"`{word}` cannot stand in a profile",
                at=key.span,
                help="write it at the top of the file",
            )
    return profile.without(*_TOP_ONLY)

"""``--profile smoke``: parts of a spec that are laid over it when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kc.compiler.compose.merge import merge
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.span import SourceText, Span
from kc.core.text import did_you_mean
from kc.core.tree import MapNode, Tree
from kc.schemas.spec import TOP_ONLY


def use_profiles(tree: Tree, names: Iterable[str], report: Report) -> Tree:
    """The tree with some profiles laid over it in order, and without the section."""
    section = tree.get("profiles") if isinstance(tree, MapNode) else None
    profiles: Mapping[str, MapNode] = {}
    if isinstance(tree, MapNode) and isinstance(section, MapNode):
        tree = tree.without("profiles")
        profiles = dict(_profiles(section, report))
    for name in names:
        if profile := profiles.get(name):
            tree = merge(tree, profile, f"profile `{name}`", report)
        elif not isinstance(section, MapNode) or section.get(name) is None:
            _unknown(name, section, report)
    return tree


def _profiles(section: MapNode, report: Report) -> Iterator[tuple[str, MapNode]]:
    """Those that can be laid over a spec, by name; of the others it is said why not."""
    for key, profile in section.entries:
        if isinstance(profile, MapNode):
            yield key.text, _checked(profile, report)
            continue
        report.add(
            codes.WRONG_TYPE,
            f"the profile `{key.text}` is no map",
            at=profile.span,
            help="write sections and keys as in the spec: `{training: {epochs: 1}}`",
        )


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
    for word in TOP_ONLY:
        if key := profile.key(word):
            report.add(
                codes.UNKNOWN_KEY,
                f"`{word}` cannot stand in a profile",
                at=key.span,
                help="write it at the top of the file",
            )
    return profile.without(*TOP_ONLY)

"""Candidates of a sweep: points of its space that are checked like specs before anything runs.

Each choice and both ends of each range are tried, with values of the other parameters that the
constraints allow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label, Report, Severity
from kc.core.registry import is_kind
from kc.core.span import Span
from kc.schemas.space import Parameter, Point, Space
from kc.schemas.spec import Spec

MOST: Final = 64
"""Candidates that are checked: the first and last options of very long choices, and between."""
_NODES: Final = 4_000
"""Of all candidates together: each of a large model takes as long as the spec itself."""
_COMPLETIONS: Final = 32
_PATHS: Final = {codes.UNKNOWN_KEY, codes.OVERRIDE}
_TYPES: Final = {codes.WRONG_TYPE}


def check_candidates(
    spec: Spec, nodes: int, check: Callable[[Sequence[str]], Report], report: Report
) -> None:
    """Report what candidates would find.

    Args:
        spec: a spec without mistakes.
        nodes: how many its graph has.
        check: checks the spec under some overrides.
        report: takes one finding for each parameter that can make the spec invalid.
    """
    if spec.sweep is None:
        return
    space = Space.of(spec.sweep.space, spec.sweep.constraints)
    bad: set[str] = set()
    is_any = False
    for about, point in _candidates(space, max(2, min(MOST, _NODES // max(nodes, 1)))):
        is_any = True
        if about.root in bad:
            continue
        assignments = space.assignments(point)
        found = next((d for d in check(assignments) if d.severity is Severity.ERROR), None)
        if found is not None:
            guilty = _guilty(found, space, assignments) or about.root
            if guilty not in bad:
                bad.add(guilty)
                said = next(text for text in assignments if text.startswith(f"{guilty}="))
                if found.code in _PATHS and (meant := _meant(said, check)):
                    found = replace(found, help=f"did you mean `{meant}`?")
                _report(found, spec, guilty, assignments, report)
    if not is_any:
        report.add(codes.EMPTY_SPACE, "no values were found that meet all constraints",
                   at=spec.key_place("sweep", "constraints"),
                   help="widen the space, or remove a constraint")  # fmt: skip


def _candidates(space: Space, most: int) -> Iterator[tuple[Parameter, Point]]:
    """Points with the parameter that each of them is about."""
    values = [(own, place) for own in space.all for place in _places(own)]
    if len(values) > most:
        values = [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]
    for own, place in values:
        point = _with(space, own, place)
        if point is not None:
            yield own, point


def _places(own: Parameter) -> Sequence[float]:
    count = len(own.options) or 2
    return [(index + 0.5) / count for index in range(count)] if own.options else [0.0, 1.0]


def _with(space: Space, own: Parameter, place: float) -> Point | None:
    """A point that has the parameter with this value, and meets the constraints."""
    draw = random.Random(0)
    position = space.all.index(own)
    around = _around(space, own)
    for attempt in range(_COMPLETIONS):
        axes = [0.0 if attempt == 0 else draw.random() for _ in space.all]
        axes[position] = place
        for outer, part in around:
            axes[space.all.index(outer)] = part
        point = space.at(axes)
        if own.name in point and space.fits(point):
            return point
    return None


def _around(space: Space, own: Parameter) -> Sequence[tuple[Parameter, float]]:
    """The choices that a nested parameter needs, each with the place of the option."""
    found: list[tuple[Parameter, float]] = []
    for outer in space.all:
        for index, option in enumerate(outer.options):
            if any(own in inner.all() for inner in option.inside):
                found.append((outer, (index + 0.5) / len(outer.options)))
    return found


def _guilty(found: Diagnostic, space: Space, assignments: Sequence[str]) -> str | None:
    """The path whose value a finding points to."""
    for label in found.labels:
        for own, text in zip(space.parameters, assignments, strict=True):
            if label.span.source.text == text:
                return own.root
    return None


def _meant(said: str, check: Callable[[Sequence[str]], Report]) -> str | None:
    """The path of an argument whose layer is only named: `layers.dropout.dropout.rate`."""
    path, _, value = said.partition("=")
    parts = path.split(".")
    for position, part in enumerate(parts[:-1]):
        longer = ".".join([*parts[: position + 1], *parts[position:]])
        if is_kind(part, "layer") and not check([f"{longer}={value}"]).failed:
            return longer
    return None


def _report(
    found: Diagnostic, spec: Spec, path: str, assignments: Sequence[str], report: Report
) -> None:
    key = spec.key_place("sweep", "space", path)
    said = next(text for text in assignments if text.startswith(f"{path}="))
    is_own = found.span is not None and found.span.source.text == said
    if found.code in _PATHS and is_own:
        report.add(codes.SPACE_PATH, f"the spec has no `{path}`: {found.message}", at=key,
                   help=found.help)  # fmt: skip
    elif found.code in _TYPES and is_own:
        report.add(codes.SPACE_TYPE, f"{found.message}, as this distribution gives",
                   at=spec.value_place("sweep", "space", path), label=found.labels[0].text,
                   help=_whole(spec, path))  # fmt: skip
    else:
        others = [text for text in assignments if text != said]
        notes = (f"with {', '.join(f'`{text}`' for text in others)}",) if others else ()
        report.add(codes.INVALID_CANDIDATE, f"`{_shortened(said)}` makes an invalid spec", at=key,
                   label=f"{found.code.id}: {found.message}", cause=_cause(found, key),
                   help=found.help, notes=notes)  # fmt: skip


def _whole(spec: Spec, path: str) -> str | None:
    """The range of whole numbers in place of one of fractions."""
    assert spec.sweep is not None
    own = spec.sweep.space[path]
    kind = {"uniform": "int", "log_uniform": "log_int"}.get(own.kind)
    return kind and f"write `{kind}: [{own.ends[0]:g}, {own.ends[1]:g}]`"


def _cause(found: Diagnostic, key: Span | None) -> Sequence[Label]:
    """Where the finding is, if that is in the text of the spec."""
    return [
        Label(own.span, own.text) for own in found.labels if key and own.span.source is key.source
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"

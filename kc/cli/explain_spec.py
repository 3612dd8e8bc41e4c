"""``kc explain spec.yaml PATH``: a value of a spec, what it means and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from kc.cli import reference, render
from kc.cli.options import folder_of, read_spec
from kc.cli.spec_values import Place
from kc.compiler.compose.overrides import parse_path
from kc.compiler.pipeline import Options, check
from kc.core.diagnostic import CompileError, Report
from kc.core.registry import Entry
from kc.core.span import SourceText, Span
from kc.core.text import did_you_mean
from kc.core.tree import Origin
from kc.schemas.spec import Spec


def value_page(path: str, options: Options, allow_plugins: bool, field: str) -> Iterator[str]:
    """Value, meaning and origin of one place in a spec.

    Raises:
        CompileError: when the spec holds errors, or the path is none.
    """
    place = _found(_checked(path, options, allow_plugins), field)
    yield f"# {field}\n"
    if place.is_leaf:
        yield f"{field.rpartition('.')[2]}: {_scalar(place.plain())}\n"
    else:
        yield from (*_lines(place, "", ""), "")
    if place.owner is not None:
        page = reference.field_page(field, place.owner, place.field)
        yield page.partition("\n\n")[2]
    yield from _chain(place)


def filled_spec(path: str, options: Options, allow_plugins: bool) -> Iterator[str]:
    """The whole spec as YAML, with every default, and a comment where a value comes from elsewhere.

    Raises:
        CompileError: when the spec holds errors.
    """
    spec = _checked(path, options, allow_plugins)
    yield from _lines(Place(spec, spec.tree), "", spec.tree.span.source.name)


def _checked(path: str, options: Options, allow_plugins: bool) -> Spec:
    report, folder = Report(), folder_of(path)
    found = check(read_spec(path), options, report, folder if allow_plugins else None)
    if found is None:
        raise CompileError(report)
    return found[0]


def _found(spec: Spec, field: str) -> Place:
    span = Span(SourceText("PATH", field), 1, 1, 1, len(field) + 1)
    place = Place(spec, spec.tree)
    for part, _ in parse_path(field, span):
        inner = place.part(part)
        if inner is None:
            known = [str(key) for key, _ in place.parts()]
            raise render.usage_error(
                f"the spec has no `{field}`",
                did_you_mean(str(part), known) if known else "the value before it has no parts",
            )
        place = inner
    return place


def _chain(place: Place) -> Iterator[str]:
    if place.node is None:
        owner = place.owner
        yield f"default of `{owner.kind}`" if owner and issubclass(owner, Entry) else "a default"
        return
    yield f"written in {place.node.span}"
    if place.origin:
        yield from _steps(place.origin, "  ")


def _steps(origin: Origin, indent: str) -> Iterator[str]:
    yield f"{indent}{origin.text}, {origin.span}"
    for before in origin.before:
        yield from _steps(before, f"{indent}  ")


def _lines(place: Place, indent: str, source: str) -> Iterator[str]:
    """A map or list as YAML; no comments where ``source`` is empty."""
    is_list = isinstance(place.value, tuple)
    for key, inner in [(key, part) for key, part in place.parts() if not part.idle]:
        head = f"{indent}-" if is_list else f"{indent}{_scalar(key)}:"
        if inner.is_leaf or _is_short(inner):
            yield f"{head} {_short(inner)}{_comment(inner, source)}"
            continue
        inside = [*_lines(inner, f"{indent}  ", source)]
        if not inside:
            yield f"{head} {'[]' if isinstance(inner.value, tuple) else '{}'}"
        elif is_list and not isinstance(inner.value, tuple):
            yield f"{head} {inside[0].lstrip()}"
            yield from inside[1:]
        else:
            yield from (head, *inside)


def _is_short(place: Place) -> bool:
    """Whether it is a list of plain values."""
    return isinstance(place.value, tuple) and all(
        inner.is_leaf or _is_short(inner) for _, inner in place.parts()
    )


def _short(place: Place) -> str:
    if place.is_leaf:
        return _scalar(place.plain())
    return f"[{', '.join(_short(inner) for _, inner in place.parts())}]"


def _scalar(value: object) -> str:
    text: str = yaml.safe_dump([str(value) if isinstance(value, str) else value],
                               default_flow_style=True, width=10**6)  # fmt: skip
    return text.strip()[1:-1]


def _comment(place: Place, source: str) -> str:
    if not source or place.node is None:
        return ""
    origin, span = place.origin, place.node.span
    if origin is not None:
        return f"  # {origin.text}, {origin.span.file_line}"
    return f"  # {span.file_line}" if span.source.name != source else ""

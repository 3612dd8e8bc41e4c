"""What a sweep chooses from: the paths of ``sweep.space`` and what is nested in their options.

A point of the space says which value each path has. A choice may hold distributions of its own:
they are part of the points in which it was chosen.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, cast

import yaml

from kc.core.expression import ExpressionError, condition
from kc.schemas.distribution import Distribution, Scalar

Point = Mapping[str, Scalar]
"""Values by the names of paths, those of chosen options included."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice."""

    label: Scalar
    """The value itself, or a word for a part of a spec."""
    value: object
    """What the path becomes; distributions in it are replaced."""
    inside: Sequence[Parameter]
    """What is still to be chosen where it is."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something to choose."""

    name: str
    """The path; that of a nested one goes through the label of its option."""
    root: str
    """The path of the space that it belongs to."""
    distribution: Distribution
    options: Sequence[Option] = ()
    """Those of a choice."""

    @property
    def labels(self) -> Sequence[Scalar]:
        return [option.label for option in self.options]

    def option(self, label: Scalar) -> Option:
        return next(own for own in self.options if own.label == label)

    def value(self, place: float) -> Scalar:
        """The value at a place from 0 to 1."""
        if self.options:
            return self.labels[min(int(place * len(self.options)), len(self.options) - 1)]
        return self.distribution.value(place)

    def all(self) -> Iterator[Parameter]:
        """This one, and all that its options hold."""
        yield self
        for option in self.options:
            for inner in option.inside:
                yield from inner.all()

    @property
    def count(self) -> int | None:
        """How many combinations it stands for; None for endlessly many."""
        if not self.options:
            return self.distribution.count
        counts = [_times(inner.count for inner in option.inside) for option in self.options]
        return None if None in counts else sum(cast("list[int]", counts))

    def points(self) -> Iterator[dict[str, Scalar]]:
        """All combinations, in order; only where their number is known."""
        if not self.options:
            count = self.distribution.count
            assert count is not None
            for index in range(count):
                yield {self.name: self._number(index)}
        for option in self.options:
            for inner in _points(option.inside):
                yield {self.name: option.label, **inner}

    def _number(self, index: int) -> float:
        own = self.distribution
        return int(own.ends[0]) + index if own.kind == "log_int" else own.number(index)


def _times(counts: Any) -> int | None:
    found = 1
    for count in counts:
        if count is None:
            return None
        found *= count
    return found


def _points(parameters: Sequence[Parameter]) -> Iterator[dict[str, Scalar]]:
    for parts in product(*(list(own.points()) for own in parameters)):
        yield {name: value for part in parts for name, value in part.items()}


@dataclass(frozen=True)
class Space:
    """All that a sweep chooses, and which combinations may be."""

    parameters: Sequence[Parameter]
    constraints: Sequence[str] = ()

    @classmethod
    def of(cls, paths: Mapping[str, Distribution], constraints: Sequence[str] = ()) -> Space:
        return cls([_parameter(path, path, own) for path, own in paths.items()], constraints)

    @cached_property
    def all(self) -> Sequence[Parameter]:
        """The parameters, nested ones behind those that hold them."""
        return [inner for own in self.parameters for inner in own.all()]

    @property
    def count(self) -> int | None:
        """How many points there are without constraints; None for endlessly many."""
        return _times(own.count for own in self.parameters)

    def points(self) -> Iterator[Point]:
        """All points that meet the constraints; only where their number is known."""
        return (point for point in _points(self.parameters) if self.fits(point))

    def walk(self, choose: Callable[[Parameter], Scalar]) -> dict[str, Scalar]:
        """The point that a function chooses, parameter by parameter."""
        point: dict[str, Scalar] = {}

        def visit(parameters: Sequence[Parameter]) -> None:
            for own in parameters:
                point[own.name] = choose(own)
                if own.options:
                    visit(own.option(point[own.name]).inside)

        visit(self.parameters)
        return point

    def at(self, place: Sequence[float]) -> Point:
        """The point at a place of the unit cube, which has an axis for each parameter."""
        axes = {own.name: own.value(x) for own, x in zip(self.all, place, strict=True)}
        return self.walk(lambda own: axes[own.name])

    def fits(self, point: Point) -> bool:
        """Whether a point meets the constraints.

        Raises:
            ExpressionError: when one has no truth value.
        """
        return all(self.holds(text, point) for text in self.constraints)

    def holds(self, text: str, point: Point) -> bool:
        """Whether a constraint holds; one about what the point does not have does.

        Raises:
            ExpressionError: when it has no truth value.
        """
        known = {name: point[own] for name, own in self.names.items() if own in point}
        try:
            return condition(text, known)
        except ExpressionError as error:
            if error.kind == "name" and error.name in self.names:
                return True
            raise

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Parameters by each end of their path that is theirs alone, as constraints name them."""
        ends = {own.name: _ends(own.name) for own in self.all}
        times = Counter(end for found in ends.values() for end in found)
        whole = {found[-1]: name for name, found in ends.items() if found}
        short = {end: name for name, found in ends.items() for end in found if times[end] == 1}
        return {**short, **whole}

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """The shortest end of each path that is its own, by name."""
        found = {own.name: own.name for own in self.all}
        for end, name in self.names.items():
            if len(end) < len(found[name]):
                found[name] = end
        return found

    def assignments(self, point: Point) -> list[str]:
        """A point as ``path=value``, as ``--set`` takes it."""
        return [f"{own.root}={written(_value(own, point))}" for own in self.parameters]


def written(value: object) -> str:
    """A plain value as YAML on one line."""
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, width=10**9)
    return text.removesuffix("...\n").strip()


class _Dumper(yaml.SafeDumper):
    """Writes texts that are words of kc as plain text."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_multi_representer(str, lambda dumper, text: dumper.represent_str(str(text)))
_Dumper.add_multi_representer(
    dict, lambda dumper, found: dumper.represent_dict(list(found.items()))
)
_Dumper.add_representer(tuple, lambda dumper, found: dumper.represent_list(found))


def _parameter(name: str, root: str, distribution: Distribution) -> Parameter:
    labels = _labels(distribution.options)
    options = [
        Option(label, value, _inside(name, root, label, value))
        for label, value in zip(labels, distribution.options, strict=True)
    ]
    return Parameter(name, root, distribution, options)


def _inside(name: str, root: str, label: Scalar, value: object) -> list[Parameter]:
    """The parameters within an option."""
    found: list[Parameter] = []
    for path, distribution in _distributions(value):
        parts = path[1:] if path and path[0] == label else path
        inner = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
        found.append(_parameter(f"{name}.{label}{inner}", root, distribution))
    return found


def _distributions(value: object) -> Iterator[tuple[tuple[str | int, ...], Distribution]]:
    match value:
        case Distribution():
            yield (), value
        case Mapping():
            for key, inner in cast("Mapping[str, object]", value).items():
                yield from (((key, *path), own) for path, own in _distributions(inner))
        case list() | tuple():
            for index, inner in enumerate(cast("Sequence[object]", value)):
                yield from (((index, *path), own) for path, own in _distributions(inner))
        case _:
            pass


def _labels(options: Sequence[object]) -> list[Scalar]:
    """Words for options: scalars themselves where all are, and differ."""
    if all(_is_scalar(value) for value in options) and _differ(options):
        return [_plain(cast("Scalar", value)) for value in options]
    times: Counter[str] = Counter()
    labels: list[Scalar] = []
    for value in options:
        word = _word(value)
        times[word] += 1
        labels.append(word if times[word] == 1 else f"{word}_{times[word]}")
    return labels


def _differ(options: Sequence[object]) -> bool:
    # 1, 1.0 and true are the same option to Optuna.
    return len(set(options)) == len(options)


def _plain(value: Scalar) -> Scalar:
    return str(value) if isinstance(value, str) else value


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _word(value: object) -> str:
    match value:
        case Distribution():
            return value.kind
        case Mapping() if len(cast("Mapping[str, object]", value)) == 1:
            return str(next(iter(cast("Mapping[str, object]", value))))
        case str():
            return str(value)
        case _:
            text = json.dumps(value, default=_word)
            return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _value(own: Parameter, point: Point) -> object:
    """What a path becomes at a point."""
    value = point[own.name]
    if not own.options:
        return own.distribution.rounded(cast("float", value))
    option = own.option(value)
    inner = iter(option.inside)

    def filled(part: object) -> object:
        match part:
            case Distribution():
                return _value(next(inner), point)
            case Mapping():
                return {str(k): filled(v) for k, v in cast("Mapping[str, object]", part).items()}
            case list() | tuple():
                return [filled(item) for item in cast("Sequence[object]", part)]
            case _:
                return part

    return filled(option.value)


def _ends(name: str) -> list[str]:
    """The ends of a path that can be names: ``rate``, ``dropout.rate``."""
    parts = name.replace("[", ".[").split(".")
    found: list[str] = []
    for start in reversed(range(len(parts))):
        if not _NAME.fullmatch(parts[start]):
            break
        found.append(".".join(parts[start:]))
    return found

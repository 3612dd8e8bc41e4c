"""Charts of a search: which settings were tried, and how good they were.

They know trials as plain values; where these come from does not matter here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kc.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Line, Scale, Tick
from kc.report.words import value as told

Setting = bool | int | float | str | None
Point = Mapping[str, Setting]
_CELLS = 22
"""Along each edge of a contour."""
_WIDE, _TALL, _SIDE, _HEAD, _FOOT = 1000, 320, 70, 34, 20
_LONGEST = 14
_GOOD = 0.2
"""Share of the trials that are drawn as the good ones."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that has finished."""

    number: int
    point: Point
    value: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the values of a setting stand, from 0 to 1."""

    name: str
    labels: Sequence[str]
    """Of a choice; a range has none."""
    scale: Scale | None

    def at(self, value: Setting) -> float:
        if self.scale is None:
            return (self.labels.index(_word(value)) + 0.5) / len(self.labels)
        return self.scale.at(float(value or 0))

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        if self.scale is not None:
            return [(tick.at, tick.text) for tick in self.scale.ticks(5)]
        places = [(index + 0.5) / len(self.labels) for index in range(len(self.labels))]
        return [(at, _short(word)) for at, word in zip(places, self.labels, strict=True)]


def axis(name: str, values: Sequence[Setting], log: bool, is_choice: bool) -> Axis:
    """The axis of a setting, over the values that it had."""
    if is_choice:
        return Axis(name, list(dict.fromkeys(map(_word, values))), None)
    numbers = [float(value or 0) for value in values]
    low, high = min(numbers), max(numbers)
    if log and low > 0 and high > low:
        return Axis(name, (), _Exact(low, high, 0.0, 1.0, log=True))
    if high <= low:
        low, high = low - (abs(low) / 10 or 0.5), high + (abs(high) / 10 or 0.5)
    return Axis(name, (), _Exact(low, high, 0.0, 1.0))


class _Exact(Scale):
    """A scale whose places are shares, and not rounded to pixels."""

    def at(self, value: float) -> float:
        low, high = self._map(self.low), self._map(self.high)
        return (self._map(value) - low) / (high - low)


def history(trials: Sequence[Tried], objective: str, rises: bool) -> Chart:
    """The value of each trial, and the best so far."""
    x = Scale(-0.5, max(own.number for own in trials) + 0.5, LEFT, WIDTH - RIGHT)
    y = _values(trials)
    dots = [(x.at(own.number), y.at(own.value)) for own in trials]
    best: list[tuple[float, float]] = []
    for own in sorted(trials, key=lambda one: one.number):
        is_better = not best or (own.value > best[-1][1] if rises else own.value < best[-1][1])
        best.append((own.number, own.value if is_better else best[-1][1]))
    path = "".join(
        f"{'L' if index else 'M'}{x.at(number):g} {y.at(value):g}"
        for index, (number, value) in enumerate(best)
    )
    line = Line("best so far", 1, False, path)
    whole = [tick for tick in x.ticks() if tick.text.replace(",", "").isdigit()]
    return Chart("Best so far", "trial", objective, whole, y.ticks(5), lines=[line], dots=dots)


def slice_of(own: Axis, trials: Sequence[Tried], objective: str) -> Chart:
    """Values over one setting."""
    y = _values(trials)
    width = WIDTH - RIGHT - LEFT
    there = [trial for trial in trials if own.name in trial.point]
    dots = [
        (round(LEFT + width * _inner(own.at(trial.point[own.name])), 2), y.at(trial.value))
        for trial in there
    ]
    ticks = [Tick(round(LEFT + width * _inner(at), 2), text) for at, text in own.ticks]
    return Chart(own.name, own.name, objective, ticks, y.ticks(5), dots=dots)


@dataclass(frozen=True, slots=True)
class Contour:
    """Values over two settings: cells between the trials, and the trials."""

    title: str
    x_label: str
    y_label: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    cells: Sequence[tuple[float, float, float, float, float]]
    """Left, top, width, height, and how good it is there, from 0 to 1."""
    dots: Sequence[tuple[float, float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    frame: tuple[int, int, int, int] = (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM)


def contour(x: Axis, y: Axis, trials: Sequence[Tried], rises: bool) -> Contour:
    """Values over two settings, between trials as their means, the nearer ones counting more."""
    there = [own for own in trials if x.name in own.point and y.name in own.point]
    places = np.array(
        [(_inner(x.at(own.point[x.name])), _inner(y.at(own.point[y.name]))) for own in there]
    )
    goods = _goodness([own.value for own in there], rises)
    left, top, right, bottom = LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM
    wide, tall = (right - left) / _CELLS, (bottom - top) / _CELLS
    cells = [
        (
            round(left + column * wide, 2), round(bottom - (row + 1) * tall, 2),
            round(wide + 0.3, 2), round(tall + 0.3, 2),
            _between(places, goods, (column + 0.5) / _CELLS, (row + 0.5) / _CELLS),
        )
        for row in range(_CELLS) for column in range(_CELLS)
    ]  # fmt: skip
    dots = [
        (
            round(left + (right - left) * a, 2), round(bottom - (bottom - top) * b, 2),
            f"trial {own.number}: {told(own.value)}",
        )
        for own, (a, b) in zip(there, places.tolist(), strict=True)
    ]  # fmt: skip
    return Contour(
        f"{x.name} and {y.name}", x.name, y.name,
        [Tick(round(left + (right - left) * _inner(at), 2), text) for at, text in x.ticks],
        [Tick(round(bottom - (bottom - top) * _inner(at), 2), text) for at, text in y.ticks],
        cells, dots,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """An upright axis of parallel coordinates."""

    x: float
    name: str
    ticks: Sequence[Tick]
    anchor: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A trial as a line from post to post."""

    path: str
    good: bool
    opacity: float
    tells: str


@dataclass(frozen=True, slots=True)
class Parallel:
    """All trials over all settings and the objective."""

    posts: Sequence[Post]
    threads: Sequence[Thread]
    top: int = _HEAD
    bottom: int = _TALL - _FOOT
    width: int = _WIDE
    height: int = _TALL


def parallel(
    axes: Sequence[Axis], trials: Sequence[Tried], objective: str, rises: bool
) -> Parallel:
    """Parallel coordinates; a setting that a trial does not have is left out of its line."""
    last = axis(objective, [own.value for own in trials], log=False, is_choice=False)
    every = [*axes, last]
    gap = (_WIDE - 2 * _SIDE) / max(len(every) - 1, 1)
    places = [round(_SIDE + gap * index, 2) for index in range(len(every))]
    posts = [
        Post(
            place, own.name, [Tick(_up(at), text) for at, text in own.ticks],
            "start" if own is last else "end",
        )
        for place, own in zip(places, every, strict=True)
    ]  # fmt: skip
    goods = _goodness([own.value for own in trials], rises)
    bound = sorted(goods, reverse=True)[max(1, round(_GOOD * len(goods))) - 1]
    threads: list[Thread] = []
    for own, good in sorted(zip(trials, goods, strict=True), key=lambda pair: pair[1]):
        known = {**own.point, objective: own.value}
        path = [
            f"{place:g} {_up(other.at(known[other.name])):g}"
            for place, other in zip(places, every, strict=True)
            if other.name in known
        ]
        tells = ", ".join(f"{name} {_word(value)}" for name, value in known.items())
        opacity = round(0.15 + 0.6 * good, 2)
        threads.append(
            Thread(f"M{'L'.join(path)}", good >= bound, opacity, f"trial {own.number}: {tells}")
        )
    return Parallel(posts, threads)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """All that the page of a sweep shows."""

    title: str
    subtitle: str
    version: str
    tiles: Sequence[tuple[str, str, str]]
    """Name, value and source of the most telling results."""
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The trials, the best first."""
    importance: Sequence[tuple[str, float]] = ()
    parallel: Parallel | None = None
    charts: Sequence[Chart] = ()
    slices: Sequence[Chart] = ()
    contours: Sequence[Contour] = ()


def _values(trials: Sequence[Tried]) -> Scale:
    low, high = min(own.value for own in trials), max(own.value for own in trials)
    log = low > 0 and high / low >= 50
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = low - (abs(low) / 10 or 0.5), high + (abs(high) / 10 or 0.5)
    room = (high / low) ** 0.04 if log else (high - low) * 0.04
    bounds = (low / room, high * room) if log else (low - room, high + room)
    return Scale(*bounds, HEIGHT - BOTTOM, TOP, log=log)


def _goodness(values: Sequence[float], rises: bool) -> list[float]:
    """From 0, the worst, to 1, by rank: one trial that diverged says nothing about the others."""
    order = sorted(range(len(values)), key=lambda i: values[i], reverse=not rises)
    found = [0.0] * len(values)
    for rank, index in enumerate(order):
        found[index] = rank / max(len(values) - 1, 1)
    return found


def _between(places: np.ndarray, goods: Sequence[float], x: float, y: float) -> float:
    distance = ((places - np.array([x, y])) ** 2).sum(axis=1) + 1e-4
    weights = 1 / distance**1.5
    return round(float((weights * np.array(goods)).sum() / weights.sum()), 2)


def _inner(at: float) -> float:
    """A place with a little room on both sides."""
    return 0.03 + 0.94 * at


def _up(at: float) -> float:
    bottom = _TALL - _FOOT
    return round(bottom - (bottom - _HEAD) * _inner(at), 2)


def _word(value: Setting) -> str:
    if isinstance(value, float):
        return told(value) if math.isfinite(value) else str(value)
    return "true" if value is True else "false" if value is False else str(value)


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"

"""Charts as geometry: where lines, dots, bars, cells and their labels stand.

``templates/draw.html`` draws them. They are so few kinds that a library would cost more than they
do: colours have to follow the reader's light or dark, the page may hold no script and no style of
its own elements, and the end of every run would wait for the import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kc.report.words import value as told

WIDTH, HEIGHT = 480, 280
LEFT, RIGHT, TOP, BOTTOM = 80, 14, 14, 46
"""Room around the drawing for ticks and the names of the axes."""
MOST_POINTS = 500
"""A line with more is thinned: nobody sees the difference."""
MOST_MARKED = 40
"""Lines with at most so many points have a dot at each, which tells its value."""
TONES = 8
"""Colours before they come again, with dashes."""

Position = tuple[float, float]
Values = Sequence[float] | np.ndarray


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with gaps where a value is not finite."""

    name: str
    tone: int
    dashed: bool
    path: str
    dots: Sequence[tuple[float, float, str]] = ()
    """Where points stand, and what they tell."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tells: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing between two axes."""

    title: str
    x_label: str
    y_label: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    lines: Sequence[Line] = ()
    dots: Sequence[Position] = ()
    bars: Sequence[Bar] = ()
    guide: str = ""
    """A line to compare with."""
    width: int = WIDTH
    height: int = HEIGHT
    frame: tuple[int, int, int, int] = (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM)
    """Left, top, right and bottom of the drawing."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to places, in equal steps or in equal factors."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high = self._map(self.low), self._map(self.high)
        part = (self._map(value) - low) / (high - low)
        return round(self.start + part * (self.stop - self.start), 2)

    def ticks(self, most: int = 6) -> list[Tick]:
        values = _log_steps(self.low, self.high) if self.log else []
        values = values or steps(self.low, self.high, most)
        return [Tick(self.at(value), told(value)) for value in values]

    def _map(self, value: float) -> float:
        return math.log10(value) if self.log else value


def steps(low: float, high: float, most: int) -> list[float]:
    """Round values from low to high, at distances of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Series:
    """One line before it has a place."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    tone: int = 0
    """Number of its colour; from ``TONES`` on it is dashed."""


def curves(title: str, series: Sequence[Series], x_label: str = "epoch") -> Chart:
    """Lines over epochs."""
    xs = [x for own in series for x in own.xs]
    ys = [y for own in series for y in own.ys if math.isfinite(y)]
    x, y = _axis(xs, LEFT, WIDTH - RIGHT, pad=0.0), _axis(ys, HEIGHT - BOTTOM, TOP, log=True)
    whole = [tick for tick in x.ticks() if tick.text.replace(",", "").isdigit()]
    lines = [_line(own, x, y) for own in series]
    return Chart(title, x_label, title, whole, y.ticks(5), lines=lines)


def scatter(true: Values, predicted: Values) -> Chart:
    """Predicted over true values, with the line on which all would be right."""
    shown = _some(len(true), 4 * MOST_POINTS)
    true, predicted = np.asarray(true)[shown], np.asarray(predicted)[shown]
    both = [float(value) for value in (*true, *predicted) if math.isfinite(value)]
    x, y = _axis(both, LEFT, WIDTH - RIGHT), _axis(both, HEIGHT - BOTTOM, TOP)
    dots = [
        (x.at(float(a)), y.at(float(b)))
        for a, b in zip(true, predicted, strict=True)
        if math.isfinite(a) and math.isfinite(b)
    ]
    guide = f"M{x.at(x.low)} {y.at(x.low)}L{x.at(x.high)} {y.at(x.high)}"
    title = "Predicted and true"
    return Chart(title, "true", "predicted", x.ticks(), y.ticks(5), dots=dots, guide=guide)


def histogram(title: str, values: Values, x_label: str) -> Chart:
    """How often values occur."""
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    bins = int(np.clip(math.sqrt(len(finite)), 8, 40))
    counts, edges = np.histogram(finite, bins)
    x = _axis([*edges[[0, -1]].tolist(), 0.0], LEFT, WIDTH - RIGHT)
    y = Scale(0.0, float(counts.max()) * 1.05 or 1.0, HEIGHT - BOTTOM, TOP)
    bars = [
        Bar(x.at(a), y.at(n), round(max(x.at(b) - x.at(a) - 1, 0.5), 2),
            round(y.at(0) - y.at(n), 2), f"{n:,} from {told(a)} to {told(b)}")
        for n, a, b in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if n
    ]  # fmt: skip
    guide = f"M{x.at(0.0)} {TOP}V{HEIGHT - BOTTOM}"
    return Chart(title, x_label, "values", x.ticks(), y.ticks(5), bars=bars, guide=guide)


@dataclass(frozen=True, slots=True)
class Cell:
    x: int
    y: int
    text: str
    shade: float
    """From 0 to 1."""
    tells: str

    @property
    def right(self) -> bool:
        """Whether it stands where a class was predicted as itself."""
        return self.x == self.y


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A matrix of counts as shaded cells."""

    size: int
    """Edge of a cell."""
    left: int
    top: int
    words: Sequence[str]
    ticks: Sequence[int]
    """Where the middle of each class stands behind left and top."""
    cells: Sequence[Cell] = field(default_factory=list["Cell"])

    @property
    def edge(self) -> int:
        """Edge of all cells."""
        return self.size * len(self.words)

    @property
    def upright(self) -> bool:
        """Whether words above the columns are too long to lie."""
        return _text_width(self.words) > self.size


def heatmap(counts: np.ndarray, words: Sequence[str]) -> Heatmap:
    """A confusion matrix. Shades are shares of the row: a rare class is seen like a common one."""
    size = max(24, min(44, 440 // max(len(words), 1)))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    short = [word if len(word) <= 14 else f"{word[:13]}…" for word in words]
    left = 32 + _text_width(short)
    top = left if _text_width(short) > size else 44
    cells = [
        Cell(column * size, row * size, f"{counts[row, column]:,}" if counts[row, column] else "",
             round(float(shares[row, column]), 3),
             f"true {words[row]}, predicted {words[column]}: {counts[row, column]:,}")
        for row in range(len(words)) for column in range(len(words))
    ]  # fmt: skip
    ticks = [index * size + size // 2 for index in range(len(words))]
    return Heatmap(size, left, top, short, ticks, cells)


def spark(values: Values, width: int = 120, height: int = 36) -> str:
    """The path of a small line without axes."""
    ys = np.asarray(values, np.float64).ravel()
    ys = ys[_some(len(ys), MOST_POINTS)]
    x = Scale(0.0, max(len(ys) - 1, 1), 1, width - 1)
    y = _axis([float(v) for v in ys if math.isfinite(v)], height - 2, 2)
    return _path([(x.at(i), y.at(v) if math.isfinite(v) else None) for i, v in enumerate(ys)])


def _line(series: Series, x: Scale, y: Scale) -> Line:
    shown = _some(len(series.xs), MOST_POINTS)
    points = [(series.xs[i], series.ys[i]) for i in shown]
    places = [(x.at(a), y.at(b) if math.isfinite(b) else None) for a, b in points]
    dots = [
        (place[0], place[1], f"{series.name}, {told(a)}: {told(b)}")
        for place, (a, b) in zip(places, points, strict=True)
        if place[1] is not None and len(points) <= MOST_MARKED
    ]
    dashed = series.tone >= TONES
    return Line(series.name, series.tone % TONES, dashed, _path(places), dots)


def _path(places: Sequence[tuple[float, float | None]]) -> str:
    words: list[str] = []
    move = "M"
    for x, y in places:
        if y is None:
            move = "M"
        else:
            words.append(f"{move}{x:g} {y:g}")
            move = "L"
    return "".join(words)


def _axis(
    values: Sequence[float], start: float, stop: float, pad: float = 0.04, log: bool = False
) -> Scale:
    """A scale with all values in it, and a little room."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if log and low > 0 and high / low >= 50:
        room = (high / low) ** pad
        return Scale(low / room, high * room, start, stop, log=True)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - (abs(low) / 10 or 0.5), high + (abs(high) / 10 or 0.5)
    room = (high - low) * pad
    return Scale(low - room, high + room, start, stop)


def _log_steps(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1, 2, 5) if last - first <= 3 else (1,)
    every = max(1, (last - first) // 6)
    found = [float(f"{f}e{n}") for n in range(first, last + 1, every) for f in factors]
    return [value for value in found if low <= value <= high]


def _some(count: int, most: int) -> np.ndarray:
    """At most so many of the numbers up to a count, evenly, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _text_width(words: Sequence[str]) -> int:
    """About how wide the longest word is, with room around it."""
    return 8 + 7 * max(map(len, words), default=0)

"""What the examples of a run are like, and which of them it got most wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kc.core.data import Examples
from kc.report import images
from kc.report.answers import Answers
from kc.report.charts import spark
from kc.report.words import value

MOST_READ, MOST_BYTES, FEW = 10_000, 2**28, 64
"""So many examples of a part are looked at, or as many as have so many bytes, but some always."""
WORST = 8
FEW_FEATURES = 16
"""Up to so many features stand in a table, more become a line."""
MOST_CHARACTERS = 160


def some(part: Any) -> Examples:
    """Examples of a part in memory, evenly spread: as many as can be read in a moment."""
    size = len(part)
    bytes_each = sum(array.nbytes for array in _taken(part, np.zeros(1, np.int64)).inputs.values())
    most = min(size, MOST_READ, max(FEW, MOST_BYTES // max(bytes_each, 1)))
    if most == size and isinstance(part, Examples):
        return part
    return _taken(part, np.linspace(0, size - 1, most).astype(np.int64))


def _taken(part: Any, places: np.ndarray) -> Examples:
    return part.take(places) if isinstance(part, Examples) else part.given(places)


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """What the values of one input or target are like."""

    role: str
    name: str
    shape: str
    dtype: str
    numbers: Mapping[str, str]
    """Smallest, largest, mean and standard deviation; empty for text."""


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What the examples for one purpose are like."""

    name: str
    size: int
    looked_at: int
    arrays: Sequence[ArrayFacts]


def part_facts(name: str, size: int, examples: Examples) -> PartFacts:
    roles = (("input", examples.inputs), ("target", examples.targets))
    arrays = [_array(role, key, a) for role, own in roles for key, a in own.items()]
    return PartFacts(name, size, len(examples), arrays)


def _array(role: str, name: str, array: np.ndarray) -> ArrayFacts:
    shape = f"({', '.join(map(str, array.shape[1:]))})"
    if array.dtype.kind not in "biuf" or not array.size:
        return ArrayFacts(role, name, shape, "text", {})
    wide = array.astype(np.float64)
    found = {"min": wide.min(), "max": wide.max(), "mean": wide.mean(), "std": wide.std()}
    numbers = {key: value(float(number)) for key, number in found.items()}
    return ArrayFacts(role, name, shape, str(array.dtype), numbers)


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """How often each class occurs, by part."""

    output: str
    words: Sequence[str]
    shares: Mapping[str, Sequence[tuple[int, float]]]
    """By part, for each class: how many examples, and this count over the largest."""


def balances(
    parts: Mapping[str, Examples], words: Mapping[str, Sequence[str]]
) -> list[ClassBalance]:
    """The balance of each output with classes; ``words`` are their names, by output."""
    found: list[ClassBalance] = []
    for output, names in words.items():
        counts = {
            part: np.bincount(_classes(own.targets[output], len(names)), minlength=len(names))
            for part, own in parts.items()
            if output in own.targets
        }
        shares = {
            part: [(int(n), float(n / max(own.max(), 1))) for n in own]
            for part, own in counts.items()
        }
        found.append(ClassBalance(output, names, shares))
    return found


def _classes(target: np.ndarray, classes: int) -> np.ndarray:
    """Class numbers of a target: as it gives them, or as rows with one large value."""
    if target.ndim > 1 and target.shape[-1] == classes:
        return target.argmax(-1).ravel()
    numbers = target.ravel().astype(np.int64)
    return numbers[(numbers >= 0) & (numbers < classes)]


@dataclass(frozen=True, slots=True)
class Shown:
    """One input of an example: a picture, a line, a table, or a text."""

    name: str
    picture: str = ""
    path: str = ""
    features: Sequence[tuple[str, str]] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """An example with a high loss."""

    number: int
    true: str
    predicted: str
    loss: str
    inputs: Sequence[Shown]


def worst(answers: Answers, examples: Examples) -> list[Mistake]:
    """The examples with the highest losses."""
    order = np.argsort(-np.nan_to_num(answers.losses, nan=np.inf), kind="stable")[:WORST]
    spans = {name: _span(array) for name, array in examples.inputs.items()}
    return [
        Mistake(
            number=int(row),
            true=_told(answers, answers.true[row]),
            predicted=_told(answers, answers.predicted[row]),
            loss=value(float(answers.losses[row])),
            inputs=[
                _shown(name, np.asarray(array[row]), *spans[name])
                for name, array in examples.inputs.items()
            ],
        )
        for row in order
    ]


def _span(array: np.ndarray) -> tuple[float, float]:
    """Values that are black and white, the same for all examples."""
    if array.dtype.kind not in "biuf" or not images.is_image(array.shape[1:]):
        return 0.0, 1.0
    return float(np.nanmin(array)), float(np.nanmax(array))


def _shown(name: str, array: np.ndarray, low: float, high: float) -> Shown:
    if array.dtype.kind not in "biuf":
        text = " ".join(map(_text, array.ravel().tolist()))
        return Shown(
            name, text=text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
        )
    if images.is_image(array.shape):
        return Shown(name, picture=images.data_url(array, low, high))
    if array.size > FEW_FEATURES:
        return Shown(name, path=spark(array))
    places = np.ndindex(array.shape)
    cells = [
        (_place(place) if array.size > 1 else "", value(float(array[place]))) for place in places
    ]
    return Shown(name, features=cells)


def _text(word: Any) -> str:
    return word.decode(errors="replace") if isinstance(word, bytes) else str(word)


def _place(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]"


def _told(answers: Answers, answer: np.ndarray) -> str:
    flat = answer.ravel()
    told = list(_each(answers, flat[:4]))
    return ", ".join([*told, "…"] if flat.size > 4 else told)


def _each(answers: Answers, flat: np.ndarray) -> Iterator[str]:
    for one in flat.tolist():
        known = answers.words and 0 <= one < len(answers.words)
        yield answers.words[one] if known else value(float(one))

"""What a model said about examples, beside what is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kc.core.data import Examples
from kc.library.loss import Loss
from kc.report.scores import ClassScores, NumberScores, Scores

if TYPE_CHECKING:
    from kc.compiler.plan.execution import Execution, TrainState

CHUNK = 1024
"""Examples of files that are held at a time."""
MOST_CLASSES = 10_000
"""With more classes, as the words of a language, scores by class would fill all memory."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One output for some examples: classes (examples, ...) or numbers (examples, values)."""

    output: str
    true: np.ndarray
    predicted: np.ndarray
    losses: np.ndarray
    """The loss of each example, (examples,)."""
    words: tuple[str, ...] = ()
    """What the classes are called; empty for numbers."""
    ignored: int | None = None
    """The true class of what does not count."""

    @property
    def scores(self) -> Scores:
        if not self.words:
            return NumberScores.of(self.true, self.predicted)
        counted = np.ones(self.true.shape, bool) if self.ignored is None else self._counted
        return ClassScores.of(self.true[counted], self.predicted[counted], self.words)

    @property
    def _counted(self) -> np.ndarray:
        return self.true != self.ignored


def answers(execution: Execution, state: TrainState, chunks: Iterable[Examples]) -> list[Answers]:
    """The outputs whose losses tell what they are, over examples as a user gives them."""
    plan = execution.plan
    if all(loss.predicts is None for loss, _ in plan.losses.values()):
        return []
    found = [list(_of_chunk(execution, state, chunk)) for chunk in chunks if len(chunk)]
    return [_joined(parts) for parts in zip(*found, strict=True)]


def chunks(part: Any) -> Iterator[Examples]:
    """The examples of a part as a user gives them; those in files by and by."""
    if isinstance(part, Examples):
        yield part
        return
    for first in range(0, len(part), CHUNK):
        yield part.given(np.arange(first, min(first + CHUNK, len(part))))


def _of_chunk(execution: Execution, state: TrainState, examples: Examples) -> Iterator[Answers]:
    from kc.runtime.data.host import on_host
    from kc.runtime.predict import predict

    plan = execution.plan
    ready = on_host(plan.model, examples)
    outputs = predict(execution, state, ready, plan.batch_size)
    for name, (loss, _) in plan.losses.items():
        own = answer(name, loss, examples, outputs[name]) if name in outputs else None
        if own is not None:
            yield own


def _joined(parts: Sequence[Answers]) -> Answers:
    if len(parts) == 1:
        return parts[0]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("true", "predicted", "losses")
    }
    return replace(parts[0], **arrays)


def answer(name: str, loss: Loss, examples: Examples, output: np.ndarray) -> Answers | None:
    if loss.predicts is None:
        return None
    true, output = examples.targets[name], np.asarray(output, np.float32)
    losses = _losses(loss, true, output)
    if loss.predicts == "numbers":
        rows = len(true)
        return Answers(name, true.reshape(rows, -1), output.reshape(rows, -1), losses)
    axis: int = getattr(loss, "axis", -1)
    if _is_yes_or_no(loss):
        if output.ndim > 1 and output.shape[-1] != 1:
            return None  # several yes or no: more than one class may be right
        true, predicted, classes = *_yes_or_no(loss, true, output), 2
    else:
        classes = output.shape[axis]
        predicted = output.argmax(axis)
        true = true.argmax(axis) if true.shape == output.shape else true.reshape(predicted.shape)
    if classes > MOST_CLASSES:
        return None
    words = _words(examples.classes.get(name, ()), classes)
    ignored: int | None = getattr(loss, "ignore_class", None)
    return Answers(name, true.astype(np.int64), predicted, losses, words, ignored)


def _is_yes_or_no(loss: Loss) -> bool:
    """Whether each number of an output is for itself, as behind sigmoid."""
    return loss.after == "sigmoid" or loss.kind in {"hinge", "squared_hinge"}


def _yes_or_no(loss: Loss, true: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes 0 and 1: what is below and above the middle of the numbers that a loss takes."""
    middle = 0.5 if loss.probabilities else 0.0
    lowest = 0.5 if loss.after else 0.0  # margins have targets -1 or 0, and 1
    return (true > lowest).reshape(len(true), -1), (output > middle).reshape(len(true), -1) * 1


def _losses(loss: Loss, true: np.ndarray, output: np.ndarray) -> np.ndarray:
    """The mean loss of each example over its positions that count."""
    values: Any = loss.lower()(_array(true), _array(output))
    values, counted = values if isinstance(values, tuple) else (values, np.ones(1))
    values, counted = np.broadcast_arrays(np.asarray(values, np.float64), np.asarray(counted))
    rows = len(true)
    totals = (values * counted).reshape(rows, -1).sum(axis=1)
    return totals / np.maximum(counted.reshape(rows, -1).sum(axis=1), 1)


def _array(array: np.ndarray) -> Any:
    from kc.core.lazy import jnp

    return jnp.asarray(array)


def _words(words: tuple[str, ...], classes: int) -> tuple[str, ...]:
    """What classes are called: by the data, or by their numbers."""
    return tuple(words) if len(words) == classes else tuple(map(str, range(classes)))


def plain(found: Sequence[Answers]) -> Mapping[str, Any]:
    """The scores of outputs as plain data."""
    return {own.output: own.scores.plain() for own in found}

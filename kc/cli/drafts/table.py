"""A spec for a table: numbers normalised, words looked up, text as the average of its words."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kc.cli.drafts.columns import Column
from kc.cli.drafts.draft import Draft, Lines, Task, name_of, spec_text, written
from kc.core import codes
from kc.core.data import DataError
from kc.core.text import count, did_you_mean, listing

_HINTS: Final = ("target", "label", "labels", "class", "y", "outcome", "response", "species")
_WIDE = 32
"""Different words from which on each gets a trained vector, and none a place of its own."""
_VOCABULARY = 10_000
_WHY_NOT: Final = {
    "number": "some are missing",
    "date": "dates",
    "id": "another value in each row",
    "constant": "all the same",
    "empty": "nothing but missing values",
    "nested": "lists",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what was seen in it."""

    source: str
    """Kind of the source that reads it."""
    path: str
    settings: Mapping[str, str]
    """Other arguments that the source needs, as they are written."""
    columns: Sequence[Column]
    rows: int


def draft_table(table: Table, target: str | None) -> Draft:
    """A spec that learns one column from the others.

    Args:
        table: what was seen.
        target: the column to learn; by default the one that looks most like it.

    Raises:
        DataError: when there is no column to learn, or none to learn from.
    """
    chosen, reason = choose_target(table.columns, target)
    task = task_of(chosen)
    others = [column for column in table.columns if column is not chosen]
    inputs = _inputs([column for column in others if column.usable])
    if not inputs:
        raise DataError(codes.CSV_COLUMN, "no column is left to learn from")
    spec = spec_text(
        table.path,
        f"Predicts `{chosen.name}` from the other columns of {table.path}.",
        task,
        table.rows,
        epochs=100,
        data=[*_source(table, chosen, inputs), task.split, *_preprocess(inputs)],
        model=["inputs:", *(f"  {i.name}: {i.type}" for i in inputs), *_layers(inputs, task)],
    )
    size = f"{count(table.rows, 'row')}, {count(len(table.columns), 'column')}"
    return Draft(spec, [size, *_seen(others), f"{task}: {reason}"])


@dataclass(frozen=True, slots=True)
class _Input:
    """An input of the model, and what becomes of it."""

    name: str
    columns: Sequence[str]
    type: str
    preprocess: str
    layers: Lines = ()
    """Before it meets the other inputs."""

    @property
    def is_text(self) -> bool:
        return "string" in self.type

    @property
    def result(self) -> str:
        """What the layers after it name."""
        return f"{self.name}_vector" if self.layers else self.name


def _inputs(columns: Sequence[Column]) -> Sequence[_Input]:
    numbers = [column.name for column in columns if column.kind == "number"]
    found: list[_Input] = []
    if numbers:
        shape = f"[{len(numbers)}]"
        found.append(_Input("features", numbers, shape, "[normalization]"))
    for column in columns:
        if column.kind != "number":
            name = name_of(column.name, {"features", *(one.name for one in found)})
            found.append(_text(name, column) if column.kind == "text" else _words(name, column))
    return found


def _words(name: str, column: Column) -> _Input:
    tokens = min(column.distinct + (1 if column.missing else 0), _VOCABULARY) + 1
    lookup = f"max_tokens: {tokens}"
    kind = "{shape: [], dtype: string}"
    if tokens <= _WIDE:
        lookup += ", output_mode: one_hot, pad_to_max_tokens: true"
        return _Input(name, (column.name,), kind, f"[string_lookup: {{{lookup}}}]")
    embedding = f"embedding: {{input_dim: {tokens}, output_dim: 8}}"
    layers = [f"- {{{embedding}, from: {name}, name: {name}_vector}}"]
    return _Input(name, (column.name,), kind, f"[string_lookup: {{{lookup}}}]", layers)


def _text(name: str, column: Column) -> _Input:
    steps, layers = text_layers(name, column.length)
    kind = "{shape: [], dtype: string}"
    return _Input(name, (column.name,), kind, steps, layers)


def text_layers(name: str, length: int) -> tuple[str, Lines]:
    """What splits a text into words, and the layers that make it one vector."""
    length = min(max(8, -(-length // 8) * 8), 512)
    steps = f"[text_vectorization: {{max_tokens: {_VOCABULARY}, output_sequence_length: {length}}}]"
    embedding = f"embedding: {{input_dim: {_VOCABULARY}, output_dim: 32, mask_zero: true}}"
    return steps, [
        f"- {{{embedding}, from: {name}}}",
        f"- {{global_average_pooling1d: {{}}, name: {name}_vector}}",
    ]


def _source(table: Table, target: Column, inputs: Sequence[_Input]) -> Lines:
    settings = {"path": written(table.path), **table.settings, "target": written(target.name)}
    lines = [f"{name}: {text}" for name, text in settings.items()]
    texts = [column for one in inputs if one.is_text for column in one.columns]
    if texts:
        lines.append(f"text: {written(texts)}")
    left = len(table.columns) - 1 - sum(len(one.columns) for one in inputs)
    if texts or left:
        lines.append("inputs:" + ("  # the other columns are left out" if left else ""))
        lines += [f"  {one.name}: {written(one.columns)}" for one in inputs]
    return ["source:", f"  {table.source}:", *(f"    {line}" for line in lines)]


def _preprocess(inputs: Sequence[_Input]) -> Lines:
    return [
        "preprocess:  # fitted to the training examples, and part of the model",
        *(f"  {one.name}: {one.preprocess}" for one in inputs),
    ]


def _layers(inputs: Sequence[_Input], task: Task) -> Lines:
    layers = [line for one in inputs for line in one.layers]
    if len(inputs) > 1:
        joined = ", ".join(one.result for one in inputs)
        layers.append(f"- {{concatenate: {{}}, from: [{joined}]}}")
    layers += ["- dense: {units: 64, activation: relu}", "- dropout: 0.2"]
    layers += ["- dense: {units: 32, activation: relu}", *task.head]
    return ["layers:", *(f"  {line}" for line in layers)]


def choose_target(columns: Sequence[Column], wanted: str | None) -> tuple[Column, str]:
    """The column to learn, and why it is that one.

    Raises:
        DataError: when there is none, or the one that is wanted cannot be learnt.
    """
    by_name = {column.name: column for column in columns}
    if wanted is not None:
        if wanted not in by_name:
            help = did_you_mean(wanted, by_name)
            raise DataError(codes.CSV_COLUMN, f"there is no column `{wanted}`", help)
        _need(by_name[wanted])
        return by_name[wanted], "as `--target` says"
    fit = [column for column in columns if _can_be_learnt(column)]
    if not fit:
        raise DataError(codes.CSV_COLUMN, "no column looks like a target", "name it: `--target`")
    for hint in _HINTS:
        for column in fit:
            if column.name.lower() == hint:
                return column, "it is called so; `--target` chooses another"
    return fit[-1], "it is the last column; `--target` chooses another"


def _can_be_learnt(column: Column) -> bool:
    number = column.kind == "number" and not column.missing and column.distinct > 1
    return number or column.classes is not None


def _need(column: Column) -> None:
    if _can_be_learnt(column):
        return
    why = count(column.missing, "cell") + " without a value" if column.missing else column.kind
    raise DataError(
        codes.CSV_VALUE,
        f"the column `{column.name}` cannot be a target: it has {why}",
        "choose another with `--target`, or mend the file",
    )


def task_of(column: Column) -> Task:
    """What a model has to give for a target."""
    if column.classes is not None:
        return Task(column.name, column.classes)
    deviation = statistics.pstdev(column.numbers)
    return Task(column.name, None, statistics.fmean(column.numbers), deviation)


def _seen(columns: Iterable[Column]) -> Lines:
    """What is in the columns, those of one kind together."""
    groups: dict[str, list[str]] = {}
    for column in sorted(columns, key=lambda column: not column.usable):
        if column.usable:
            what = {"number": "numbers", "words": "words", "text": "text"}[column.kind]
        else:
            what = f"left out, {_WHY_NOT[column.kind]}"
        groups.setdefault(what, []).append(column.name)
    return [f"{what}: {listing(names)}" for what, names in groups.items()]

"""What a user passes to ``fit``, ``evaluate`` and ``predict``, as a model takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import failure
from kc.core.text import listing
from kc.library.source import Source
from kc.runtime.data.arrays import from_arrays
from kc.runtime.data.batched import Batched, BatchedEpochs, is_batched
from kc.runtime.data.drawn import prepare_inputs
from kc.runtime.data.epochs import Epochs, in_order
from kc.runtime.data.epochs import training as epochs_of
from kc.runtime.data.host import on_host
from kc.runtime.data.job import examples as examples_of_spec
from kc.runtime.data.place import placed
from kc.runtime.data.sizes import prepare_examples
from kc.runtime.data.split import Splits, split
from kc.runtime.data.stream import Part, Stream, chunks, ready
from kc.runtime.data.weights import sample_weights
from kc.schemas.data import Data
from kc.schemas.split import Split

Given = Any
"""An array, a list of arrays in the order of the model, or arrays by name; for `x` also what gives
batches, or a source."""


def inputs(plan: Plan, x: Given) -> Examples:
    """Inputs to predict with.

    Raises:
        CompileError: when they do not fit the model.
    """
    model = plan.model
    names = model.given if isinstance(x, Mapping) else model.taught
    arrays = placed(lambda: from_arrays(x, None, list(names), []))
    return placed(lambda: prepare_inputs(plan, arrays))


def examples(plan: Plan, x: Given, y: Given, sample_weight: Given = None) -> Examples:
    """Inputs, targets and weights.

    Raises:
        CompileError: when they do not fit the model.
    """
    plan.trained()
    names, losses = plan.model.taught, plan.losses
    arrays = placed(lambda: from_arrays(x, y, list(names), list(losses)))
    prepared = placed(lambda: prepare_examples(plan, arrays))
    by_output = {name: loss for name, (loss, _) in losses.items()}
    weights = placed(lambda: sample_weights(sample_weight, by_output, len(prepared)))
    return replace(prepared, weights=weights)


def part(
    plan: Plan,
    folder: Path,
    x: Given,
    y: Given = None,
    sample_weight: Given = None,
    *,
    name: str = "x",
) -> Part | Batched:
    """Examples to train on or to measure with: arrays, a source, or what gives batches.

    Raises:
        CompileError: when they do not fit the model, or `x` gives more than inputs and there are
            other arguments.
    """
    if isinstance(x, Source):
        _refuse("a source", name, y=y, sample_weight=sample_weight)
        return sourced(plan, folder, x).train
    if is_batched(x):
        _refuse("what gives batches", name, y=y, sample_weight=sample_weight)
        return Batched(x, name, lambda batch: _batch(plan, batch))
    return examples(plan, x, y, sample_weight)


def to_train(
    plan: Plan, folder: Path, x: Given, y: Given, sample_weight: Given, validation_split: float
) -> tuple[Part | Batched, Part | None]:
    """Examples to train on, and those that are split off to measure epochs.

    Raises:
        CompileError: as ``part``, and when nothing can be split off.
    """
    plan.trained()
    if x is None:
        data = examples_of_spec(plan, folder)
        return data.train, data.validation
    parts = Split(validation=validation_split, shuffle=False)
    if isinstance(x, Source):
        _refuse("a source", "x", y=y, sample_weight=sample_weight)
        data = sourced(plan, folder, x, parts)
        return data.train, data.validation
    found = part(plan, folder, x, y, sample_weight)
    if isinstance(found, Batched):
        _refuse("what gives batches", "x", validation_split=validation_split or None)
        return found, None
    data = placed(lambda: split(found, parts))
    return data.train, data.validation


def to_predict(plan: Plan, folder: Path, x: Given) -> Batched | Examples:
    """Inputs as the device takes them: arrays, a source, or batches of what gives some.

    Raises:
        CompileError: when they do not fit the model.
    """
    if isinstance(x, Source):
        found = sourced(replace(plan, losses={}), folder, x).train
        return Batched(lambda: chunks(found), "x", lambda chunk: on_host(plan.model, chunk))
    if is_batched(x):
        return Batched(x, "x", lambda batch: on_host(plan.model, inputs(plan, unpacked(batch)[0])))
    return on_host(plan.model, inputs(plan, x))


def to_adapt(plan: Plan, folder: Path, x: Given) -> Part | Batched:
    """Inputs as a user gives them, for layers that are fitted to data."""
    if isinstance(x, Source):
        return sourced(replace(plan, losses={}), folder, x).train
    if is_batched(x):
        return Batched(x, "x", lambda batch: inputs(plan, unpacked(batch)[0]))
    return inputs(plan, x)


def sourced(plan: Plan, folder: Path, source: Source, parts: Split | None = None) -> Splits:
    """The examples of a source that was made in Python."""
    data = Data(source=source, split=parts or Split())
    return examples_of_spec(replace(plan, data=data), folder)


def epochs_from(found: Part | Batched, plan: Plan, before: int, first: int) -> Epochs:
    """The epochs of a plan from one on, after so many passes of earlier calls.

    Raises:
        CompileError: when there cannot be so many epochs.
    """
    if not isinstance(found, Batched):
        return epochs_of(ready(found, plan), plan, before)
    steps, number = plan.steps_per_epoch, plan.epochs + 1 - first
    if steps is None:
        found.check_passes(number)
    most = None if steps is None else steps * number
    return BatchedEpochs(
        found,
        steps,
        most=most,
        rows=remembered(plan),
        seed=plan.seed if plan.shuffle else None,
        before=before + first - 1,
    )


def one_epoch(found: Part | Batched, plan: Plan, steps: int | None = None) -> Epochs:
    """The examples in their order, to measure with. ``steps`` are those of a single call."""
    if isinstance(found, Batched):
        return BatchedEpochs(found, most=steps, rows=remembered(plan))
    return in_order(ready(found, plan), plan.batch_size)


def is_streamed(found: Part | Batched) -> bool:
    """Whether batches come one by one while something runs."""
    return isinstance(found, Stream | Batched)


def changed(plan: Plan, given: Mapping[str, Given]) -> Plan:
    """The plan with what a call asks for beside the spec.

    Raises:
        CompileError: when rows cannot be drawn at random, because layers remember them.
    """
    if given["shuffle"] and plan.model.memory:
        raise failure(
            codes.ORDER_LOST,
            "the model is stateful, so rows have to keep their order",
            help="leave out `shuffle=True`",
        )
    return replace(plan, **{name: value for name, value in given.items() if value is not None})


def remembered(plan: Plan) -> int | None:
    """The rows that each batch has to have, because layers remember those of the one before."""
    return plan.batch_size if plan.model.memory else None


def unpacked(batch: Given) -> tuple[Given, ...]:
    """Inputs, targets and weights of a batch, as in Keras: a tuple or list of up to three.

    Raises:
        CompileError: when there are more.
    """
    if not isinstance(batch, tuple | list):
        return (batch,)
    parts = tuple(cast("tuple[Given, ...]", batch))
    if not 1 <= len(parts) <= 3:
        raise failure(
            codes.NO_ARRAY,
            f"a batch is a tuple of {len(parts)}",
            help="give `(x, y)` or `(x, y, sample_weight)`; several inputs are a dict, or a tuple "
            "in the place of `x`",
        )
    return parts


def _batch(plan: Plan, batch: Given) -> Examples:
    x, y, weight = (*unpacked(batch), None, None)[:3]
    return on_host(plan.model, examples(plan, x, y, weight))


def refuse_batch_size(found: Part | Batched, argument: str, given: int | None) -> None:
    """Check that nobody sets a batch size where batches are given."""
    if isinstance(found, Batched):
        _refuse("what gives batches", found.name, **{argument: given})


def _refuse(what: str, name: str, **arguments: Given) -> None:
    given = [argument for argument, value in arguments.items() if value is not None]
    if given:
        raise failure(
            codes.NOT_WITH_BATCHES,
            f"{listing(given)} cannot be given beside {what} as `{name}`",
            help=f"leave {'it' if len(given) == 1 else 'them'} out"
            + ("; a batch is `(x, y)` or `(x, y, sample_weight)`" if "batches" in what else ""),
        )

"""Every function takes its numbers traced, but for those that it is said to branch on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from kc.compiler.lower import bind, metrics, update
from kc.compiler.lower.varied import Lowered, vary
from kc.compiler.passes.objectives import minimized, target_type
from kc.compiler.pipeline import Compiled
from kc.core.program import Call, TrainingProgram
from kc.core.types import Weight
from tests.library.test_registry import all_entries, example_model
from tests.models import compiled_text

FAMILIES = (
    *("activation", "cell", "constraint", "initializer", "layer"),
    *("loss", "metric", "mixing", "optimizer", "regularizer", "schedule"),
)
COMMON = """
kc: 1
model:
  inputs: {{x: [4]}}
  layers: [{layer}, {{dense: 3}}]
training: {{loss: {loss}, optimizer: {{{optimizer}}}}}
"""


def nudged(part: Any) -> Any:
    """A program with other numbers wherever it may have others."""
    match part:
        case float():
            return part * 1.01 + 1e-3
        case Call():
            settings = {
                name: value if name in part.branching else nudged(value)
                for name, value in part.settings.items()
            }
            return Call(part.function, **settings).branches_on(*part.branching)
        case Weight():
            return dataclasses.replace(part, init=Lowered(nudged(part.init.lower())))
        case Mapping():
            return {key: nudged(value) for key, value in part.items()}
        case tuple():
            return tuple(map(nudged, part))
        case _ if dataclasses.is_dataclass(part):
            names = [own.name for own in dataclasses.fields(part) if own.name != "host"]
            return dataclasses.replace(part, **{n: nudged(getattr(part, n)) for n in names})
        case _:
            return part


def assert_takes_numbers(model: Compiled) -> None:
    """Trace a training step, or the layers in training, with all numbers as arguments."""
    training = model.training or TrainingProgram(model.program, (), ())
    varied = vary([training, nudged(training)])
    assert varied is not None
    if varied.values.size:
        jax.eval_shape(lambda values: traced(model, varied.at(values)), varied.values[0])


def traced(model: Compiled, program: TrainingProgram) -> Any:
    key = jax.random.key(0)
    params, state = bind.init(program.model, key, 2)
    kinds = program.model.inputs
    inputs = {name: jnp.zeros((2, *kind.shape), kind.dtype) for name, kind in kinds.items()}
    if model.spec.training is None:
        return bind.apply(program.model, params, state, inputs, key=key, train=True)
    targets = {
        term.output: jnp.zeros((2, *kind.shape), kind.dtype)
        for term in minimized(model.spec.training, model.graph)
        for kind in [target_type(term, model.graph)]
    }
    turn = update.Turn(params, state, update.first_memory(program, params))
    turn, found = update.step(program, turn, inputs, targets, jnp.ones(2), key=key)
    sums = metrics.zero_sums(program)
    sums = metrics.update_metrics(program, sums, found.outputs, targets, jnp.ones(2), {})
    return turn, metrics.metric_results(program, sums)


@pytest.mark.parametrize("cls", all_entries(*FAMILIES))
def test_numbers_of_an_entry_may_be_traced(cls):
    assert_takes_numbers(example_model(cls))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"optimizer": "adam: {weight_decay: 0.1, clipnorm: 1.0}"}, id="decay, norm"),
        pytest.param({"optimizer": "adam: {global_clipnorm: 1.0}"}, id="norm of all"),
        pytest.param({"optimizer": "adam: {clipvalue: 1.0, use_ema: true}"}, id="bound, averages"),
        pytest.param({"optimizer": "sgd: {momentum: 0.9, nesterov: true}"}, id="momentum"),
        pytest.param({"optimizer": "rmsprop: {momentum: 0.9, centered: true}"}, id="rmsprop"),
        pytest.param(
            {"loss": "{binary_crossentropy: {label_smoothing: 0.1}}"}, id="smoothed yes or no"
        ),
        pytest.param(
            {"loss": "{categorical_crossentropy: {label_smoothing: 0.1}}"}, id="smoothed classes"
        ),
        pytest.param({"layer": "{activity_regularization: {l1: 0.1}}"}, id="penalty of an output"),
        pytest.param({"layer": "{reshape: [2, 2]}, {gru: {units: 2, dropout: 0.2, "
                               "recurrent_dropout: 0.3}}"}, id="dropout of a sequence"),
    ],
)  # fmt: skip
def test_numbers_that_examples_leave_out_may_be_traced(change):
    defaults = {"layer": "{dense: 4}", "loss": "mean_squared_error", "optimizer": "adam: {}"}
    assert_takes_numbers(compiled_text(COMMON.format(**(defaults | change))))

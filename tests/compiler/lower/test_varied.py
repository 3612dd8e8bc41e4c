"""Programs that differ in numbers, laid over one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kc.compiler.lower.varied import Knob, alike, vary
from kc.compiler.pipeline import compile
from kc.core.diagnostic import Report
from kc.core.program import Call, TrainingProgram
from kc.core.span import SourceText

SPEC = """
kc: 1
vars: {rate: 0.01, drop: 0.2, units: 8, l2: 0.1, act: relu, scale: 1.0}
model:
  inputs: {x: [6]}
  layers:
    - dense:
        units: $units
        activation: $act
        kernel_regularizer: {l2: $l2}
        kernel_initializer: {variance_scaling: {scale: $scale}}
    - dropout: $drop
    - {dense: 3, name: head}
training:
  loss: mean_squared_error
  optimizer: {adam: {learning_rate: $rate}}
"""


def program(*overrides: str, text: str = SPEC) -> TrainingProgram:
    found = compile(SourceText("spec.yaml", text), overrides, Report())
    assert found.training is not None
    return found.training


@pytest.mark.parametrize(
    ("override", "numbers"),
    [
        pytest.param("vars.rate=0.1", [0.01, 0.1], id="learning rate"),
        pytest.param("vars.drop=0.5", [0.2, 0.5], id="dropout"),
        pytest.param("vars.l2=0", [0.1, 0.0], id="penalty"),
        pytest.param("vars.scale=2", [1.0, 2.0], id="initializer"),
        pytest.param("training.optimizer.adam.beta_1=0.8", [0.9, 0.8], id="optimizer"),
    ],
)
def test_numbers_that_differ_become_one_column_each(override, numbers):
    found = vary([program(), program(override)])
    assert found is not None
    np.testing.assert_array_equal(found.values, np.float32(numbers)[:, None])


@pytest.mark.parametrize(
    "override",
    [
        pytest.param("vars.units=9", id="shape"),
        pytest.param("vars.act=tanh", id="function"),
        pytest.param("vars.act={relu: {negative_slope: 0.1}}", id="number a function branches on"),
        pytest.param("vars.drop=0", id="a layer that does nothing"),
        pytest.param("training.optimizer=sgd", id="optimizer"),
        pytest.param("training.optimizer.adam.weight_decay=0.1", id="decay or none"),
        pytest.param("training.optimizer.adam.amsgrad=true", id="flag"),
        pytest.param("training.metrics=[mean_squared_error]", id="metric"),
        pytest.param(
            "training.optimizer.adam.learning_rate={exponential_decay: "
            "{initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.9}}",
            id="schedule",
        ),
    ],
)
def test_programs_that_differ_in_more_than_numbers_are_not_one(override):
    assert vary([program(), program(override)]) is None


def test_the_program_at_the_numbers_of_a_run_is_that_of_the_run():
    programs = [program(), program("vars.rate=0.1", "vars.drop=0.5"), program("vars.l2=1")]
    found = vary(programs)
    assert found is not None
    for own, values in zip(programs, found.values, strict=True):
        same = vary([own, found.at(values.tolist())])
        assert same is not None
        # The numbers of the spec have more digits.
        np.testing.assert_array_equal(*same.values)


def test_equal_programs_need_no_numbers():
    found = vary([program(), program(), program()])
    assert found is not None
    assert found.values.shape == (3, 0)
    assert found.at(found.values[0]) == found.template


def test_places_in_the_text_do_not_count():
    moved = program(text=SPEC.replace("model:", "# a comment\nmodel:"))
    assert moved.model.steps[0].span != program().model.steps[0].span
    assert vary([program(), moved]) is not None


def test_numbers_of_functions_that_are_not_of_kc_have_to_agree():
    def custom(x, *, factor):
        return x * factor

    def with_factor(factor):
        own = program()
        step = replace(own.model.steps[0], call=Call(custom, factor=factor))
        return replace(own, model=replace(own.model, steps=(step, *own.model.steps[1:])))

    assert vary([with_factor(1.0), with_factor(1.0)]) is not None
    assert vary([with_factor(1.0), with_factor(2.0)]) is None


def test_programs_come_in_groups_that_are_one():
    programs = [
        *(program(), program("vars.units=9"), program("vars.rate=1")),
        *(program("vars.drop=0"), program("vars.units=9", "vars.rate=1")),
    ]
    assert alike(programs) == [[0, 2], [1, 4], [3]]


def test_a_number_has_its_place_in_the_template():
    found = vary([program(), program("vars.rate=0.1")])
    assert found is not None
    (own,) = found.template.optimizers
    assert own.call.settings["learning_rate"] == Knob(0)

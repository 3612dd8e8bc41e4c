"""Runs that train together, against the same runs alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kc.compiler.lower.varied import vary
from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.lanes import Lanes
from kc.compiler.plan.plan import Plan
from kc.core.events import EpochEnd
from kc.runtime.data.job import examples
from kc.runtime.population import Population, worthwhile
from kc.runtime.validation import measure
from tests.runtime.jobs import CONVNET, MLP, begin, make_plan, write_data

PLAIN = """
kc: 1
name: plain
vars: {drop: 0.2, l2: 1e-3}
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2, test: 0.1}
model:
  inputs: {x: [6]}
  layers:
    - normalization
    - {dense: {units: 8, activation: relu, kernel_regularizer: {l2: $l2}}}
    - dropout: $drop
    - {dense: {units: 3, activation: softmax}}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01, weight_decay: 0.01}}
  metrics: [accuracy]
  batch_size: 16
  epochs: 3
"""
RATE = "training.optimizer.adam.learning_rate"

STEERED = """
kc: 1
name: steered
vars: {class_weight: 2.0}
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2}
model:
  inputs: {x: [6]}
  layers:
    - {dense: {units: 8, activation: tanh}, name: body}
    - {dense: {units: 3, activation: softmax}, name: head}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}
  groups: {head: {layers: [head], optimizer: {adam: {learning_rate: 0.02, use_ema: true}}}}
  class_weight: {0: $class_weight}
  batch_size: 16
  steps_per_epoch: 5
  validation_freq: 2
  epochs: 6
  callbacks:
    - {learning_rate_scheduler: {schedule: [1e-1, 2e-2, 5e-3], optimizer: main}}
    - reduce_lr_on_plateau:
        {monitor: loss, factor: 0.5, patience: 1, min_delta: 1, optimizer: head}
    - {early_stopping: {monitor: loss, patience: 2, min_delta: 0.0, restore_best_weights: true}}
    - {csv_logger: log.csv}
"""
"""A run whose callbacks act; epochs that are not passes; validation that rests."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_data(tmp_path)
    return tmp_path


def alone(
    spec: str, folder: Path, overrides: Sequence[str], name: str
) -> tuple[list[EpochEnd], TrainState]:
    """Epochs and last state of a plain run."""
    job = begin(spec, folder, name, overrides)
    epochs = [event for event in job.events() if isinstance(event, EpochEnd)]
    job.run.close()
    assert job.loop is not None
    return epochs, jax.device_get(job.loop.state)


def together(
    plans: Sequence[Plan], folder: Path, width: int | None = None
) -> tuple[Population, dict[int, list[EpochEnd]]]:
    """Epochs of each run, and the population afterwards."""
    found = Population(plans, examples(plans[0], folder), width)
    epochs: dict[int, list[EpochEnd]] = {trial.number: [] for trial in found.trials}
    for told in found.epochs():
        for number, event in told.items():
            epochs[number].append(event)
    return found, epochs


def assert_same(ours: TrainState, theirs: TrainState) -> None:
    for name, tree in ours._asdict().items():
        for own, other in zip(
            jax.tree.leaves(tree), jax.tree.leaves(getattr(theirs, name)), strict=True
        ):
            np.testing.assert_allclose(own, other, 2e-4, 2e-5, err_msg=name)


def assert_same_runs(
    spec: str, folder: Path, runs: Sequence[Sequence[str]], width: int | None = None
) -> None:
    plans = [make_plan(spec, overrides) for overrides in runs]
    assert worthwhile(plans)
    found, epochs = together(plans, folder, width)
    for number, overrides in enumerate(runs):
        expected, state = alone(spec, folder, overrides, f"run{number}")
        trial = found.trials[number]
        assert trial.ended == "finished"
        assert [event.epoch for event in epochs[number]] == [event.epoch for event in expected]
        for own, other in zip(epochs[number], expected, strict=True):
            assert list(own.logs) == list(other.logs)
            assert own.logs == pytest.approx(dict(other.logs), rel=1e-3, abs=1e-5)
            assert (own.step, own.validation_rests) == (other.step, other.validation_rests)
        assert trial.state is not None
        assert_same(trial.state, state)


@pytest.mark.parametrize(
    ("spec", "runs"),
    [
        pytest.param(
            PLAIN,
            [
                [f"{RATE}=0.03", "training.seed=7", "vars.l2=0.1"],
                ["vars.drop=0.4", "training.optimizer.adam.weight_decay=0.1"],
                ["training.seed=3", "training.epochs=5"],
            ],
            id="numbers of all kinds",
        ),
        pytest.param(
            MLP,
            [["training.seed=1"], [f"{RATE}=0.1", "training.epochs=9"]],
            id="batch normalization",
        ),
        pytest.param(
            STEERED,
            [
                ["training.optimizer.sgd.momentum=0.5", "vars.class_weight=3.0"],
                ["training.callbacks[2].early_stopping.min_delta=0.5"],
                ["training.callbacks[1].reduce_lr_on_plateau.factor=0.1", "training.epochs=3"],
            ],
            id="callbacks",
        ),
    ],
)
def test_a_run_among_others_is_the_run_alone(spec, runs, folder):
    assert_same_runs(spec, folder, runs)


@pytest.mark.parametrize(
    ("shape", "width"), [pytest.param((6, 6, 1), None, id="convolutions, one lane each")]
)
def test_steps_with_convolutions_are_those_of_the_run_alone(shape, width, tmp_path):
    write_data(tmp_path, shape, rows=40)
    rate = "training.optimizer.sgd.learning_rate"
    runs = [["training.epochs=1"], ["training.epochs=2", "training.seed=4", f"{rate}=0.02"]]
    assert_same_runs(CONVNET, tmp_path, runs, width)


MIXED = """
kc: 1
name: mixed
vars: {alpha: 0.2, most: 1.0}
data:
  source: {npz: {path: data.npz, target: y}}
model:
  inputs: {x: [6, 6, 1]}
  layers: [flatten, {dense: {units: 3, activation: softmax}}]
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: 0.01}
  mix: [{mix_up: $alpha}, {cut_mix: {factor: [0.5, $most]}}]
  metrics: [accuracy]
  batch_size: 16
"""


def test_runs_that_mix_by_their_own_numbers_train_as_one(tmp_path):
    write_data(tmp_path, (6, 6, 1), rows=40)
    runs = [["vars.alpha=0.9"], ["vars.most=0.7", "training.seed=4"]]
    assert_same_runs(MIXED, tmp_path, runs)


def seeds(number: int, *more: str) -> list[Plan]:
    return [make_plan(PLAIN, [f"training.seed={seed}", *more]) for seed in range(number)]


def test_runs_in_several_groups_share_one_compiled_program(folder):
    plans = seeds(5)
    split, told = together(plans, folder, width=2)
    whole, expected = together(plans, folder, width=5)
    assert split.lanes.compiled == whole.lanes.compiled == 1
    for number in range(5):
        for own, other in zip(told[number], expected[number], strict=True):
            assert own.logs == pytest.approx(dict(other.logs), rel=1e-4, abs=1e-6)


def test_dropped_runs_leave_their_lanes_to_others_without_compiling_again(folder):
    found = Population(seeds(5), examples(seeds(1)[0], folder), width=2)
    _, expected = together(seeds(5), folder)
    told = {}
    for epoch in found.epochs():
        told = epoch
        for number in (0, 1, 3):
            found.drop(number)
    assert [trial.ended for trial in found.trials] == [
        *("dropped", "dropped", "finished", "dropped", "finished")
    ]
    assert len(found.groups) == 1
    assert found.lanes.compiled == 1
    for number in (2, 4):
        last = expected[number][-1].logs
        assert told[number].logs == pytest.approx(dict(last), rel=1e-4, abs=1e-6)


def test_a_run_that_fails_leaves_the_others_alone(folder):
    broken = [f"{RATE}=1e38", "vars.l2=1e30"]
    found, told = together([make_plan(PLAIN), make_plan(PLAIN, broken)], folder)
    good, bad = found.trials
    assert (good.ended, len(told[0])) == ("finished", 3)
    assert (bad.ended, bad.state, told[1]) == ("failed", None, [])
    assert bad.bad_step == 1  # the first step makes weights too large for their squares


def test_finished_runs_are_measured_together(folder):
    found, _ = together(seeds(3), folder, width=2)
    assert found.data.test is not None
    logs = found.measure(found.data.test)
    for trial in found.trials:
        assert trial.state is not None
        expected = measure(Execution(trial.plan), trial.state, found.data.test)
        assert logs[trial.number] == pytest.approx(dict(expected), rel=1e-4)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(["training.epochs=9"], True, id="epochs"),
        pytest.param([f"{RATE}=1"], True, id="a number"),
        pytest.param(["training.callbacks=[csv_logger: a.csv]"], True, id="a log file"),
        pytest.param(["training.callbacks=[remote_monitor]"], False, id="another callback"),
        pytest.param(["training.batch_size=8"], False, id="batches"),
        pytest.param(["training.shuffle=false"], False, id="order"),
        pytest.param(["data.split.validation=0.3"], False, id="data"),
        pytest.param(["data.stream=true"], False, id="streamed"),
        pytest.param(["training.on_nan=skip"], False, id="skipped steps"),
        pytest.param(["vars.drop=0"], False, id="a layer less"),
    ],
)
def test_runs_train_together_where_numbers_seeds_and_epochs_differ(change, expected):
    assert worthwhile([make_plan(PLAIN), make_plan(PLAIN, change)]) is expected


def test_a_run_alone_is_no_population():
    assert not worthwhile([make_plan(PLAIN)])


def test_numbers_make_no_floats_of_halves():
    plans = [make_plan(PLAIN), make_plan(PLAIN, [f"{RATE}=0.1"])]
    varied = vary([plan.trained() for plan in plans])
    assert varied is not None
    own = Lanes(plans[0], varied, 2).own(np.zeros(2, np.uint32), varied.values)

    def scaled(numbers: jax.Array) -> jax.Array:
        return numbers[0] * jnp.ones(3, jnp.bfloat16)

    assert jax.eval_shape(jax.vmap(scaled), own.numbers).dtype == jnp.bfloat16

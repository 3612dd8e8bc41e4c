"""What a model takes over of another one's weights, by name and shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import kc
from kc.compiler.plan.execution import Execution
from kc.core.diagnostic import CompileError
from kc.interop.warm_start import Action, moves
from tests.runtime.jobs import make_plan

SPEC = """
kc: 1
model:
  inputs: {x: [6]}
  layers:
    - {dense: {units: UNITS, activation: relu}, name: body}
    - batch_normalization
    - {dense: 3, name: HEAD}
training: {loss: mean_squared_error, optimizer: adam}
"""


def spec(units: int = 8, head: str = "head") -> str:
    return SPEC.replace("UNITS", str(units)).replace("HEAD", head)


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A saved model with 8 units."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "spec.yaml").write_text(spec())
    kc.load(folder / "spec.yaml").save(folder / "model.h5")
    return folder / "model.h5"


def params(plan, given=None):
    state = Execution(replace(plan, initial=given or {})).fresh_state()
    return {f"{scope}/{name}": np.asarray(array) for scope, arrays in state.params.items()
            for name, array in arrays.items()}  # fmt: skip


def test_equal_names_and_shapes_are_kept(old):
    plan = make_plan(spec(), ["training.seed=5"])
    found = moves(plan, old, {}, surgery=False)
    assert {move.action for move in found.all} == {Action.KEEP}
    assert not found.warnings(False).diagnostics
    ours = params(plan, found.values(plan))
    theirs = params(make_plan(spec()))
    assert all((ours[name] == theirs[name]).all() for name in theirs)


@pytest.mark.parametrize(
    ("units", "surgery", "actions"),
    [
        (5, True, {"body/kernel": "slice", "body/bias": "slice", "head/kernel": "slice"}),
        (9, True, {"body/kernel": "pad", "body/bias": "pad", "head/kernel": "pad"}),
        (5, False, {"body/kernel": "init", "body/bias": "init", "head/kernel": "init"}),
        (9, False, {"body/kernel": "init", "body/bias": "init", "head/kernel": "init"}),
    ],
)
def test_other_shapes_are_cut_and_filled_up_on_request_alone(old, units, surgery, actions):
    plan = make_plan(spec(units), ["training.seed=5"])
    found = moves(plan, old, {}, surgery=surgery)
    assert actions.items() <= {move.name: str(move.action) for move in found.all}.items()
    assert {str(m.action) for m in found.all if m.name.startswith("head/bias")} == {"keep"}
    ours, fresh = params(plan, found.values(plan)), params(plan)
    theirs = params(make_plan(spec()))
    for name, array in ours.items():
        expected = fresh[name].copy()
        if surgery or array.shape == theirs[name].shape:
            both = tuple(map(slice, np.minimum(array.shape, theirs[name].shape)))
            expected[both] = theirs[name][both]
        np.testing.assert_array_equal(array, expected)


def test_weights_that_only_one_of_both_has_begin_anew_or_are_dropped(old):
    plan = make_plan(spec(head="top"))
    found = moves(plan, old, {}, surgery=True)
    actions = {move.name: str(move.action) for move in found.all}
    assert actions["top/kernel"] == actions["top/bias"] == "init"
    assert {name for name, action in actions.items() if action == "drop"} == {
        "params/head/kernel",
        "params/head/bias",
    }
    (warning,) = found.warnings(surgery=True)
    assert warning.code.id == "KC561"
    assert "2 weights of 8" in warning.message
    assert warning.help is None


def test_what_the_spec_itself_gives_first_values_is_left_alone(old):
    found = moves(make_plan(spec()), old, {"head": {"bias": np.ones(3)}}, surgery=False)
    assert "head/bias" not in {move.name for move in found.all if move.action is Action.KEEP}


def test_a_file_of_another_model_is_refused(old):
    text = "kc: 1\nmodel: {inputs: {x: [6]}, layers: [{dense: 3, name: other}]}\n"
    plan = make_plan(text + "training: {loss: mean_squared_error, optimizer: adam}\n")
    with pytest.raises(CompileError, match="KC562"):
        moves(plan, old, {}, surgery=True)

"""What looks like a mistake and is none. The mistakes stand in ``tests/diagnostics/lints.md``."""

from __future__ import annotations

import pytest

from kc.compiler.pipeline import check
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from tests.fragments import complete

SPARSE = "loss: sparse_categorical_crossentropy\n"


@pytest.mark.parametrize(
    "fragment",
    [
        pytest.param("- dense: {units: 3, activation: softmax}\n" + SPARSE, id="softmax"),
        pytest.param("- dense: {units: 3, activation: sigmoid}\nloss: binary_crossentropy",
                     id="several labels"),
        pytest.param("- dense: {units: 4, activation: gelu}\n- relu\n- dense: 1",
                     id="two activations"),
        pytest.param("- dense: 4\n- dropout: 0.5\n- dense: 1\nloss: mean_squared_error",
                     id="dropout inside"),
        pytest.param("- dense: 4\n- relu\n- dropout: 0.5", id="dropout and no loss"),
        pytest.param("- dense: {units: 1, activation: sigmoid}\nloss: mean_squared_error\n"
                     "metrics: [accuracy]", id="classes under a squared error"),
        pytest.param("optimizer: {sgd: 1}", id="a rate of gradient descent"),
        pytest.param("optimizer: {adam: {learning_rate: {cosine_decay: "
                     "{initial_learning_rate: 1.0, decay_steps: 10}}}}", id="a schedule"),
        pytest.param("callbacks: [{early_stopping: {monitor: loss, patience: 3}}]\nepochs: 1",
                     id="a short trial"),
        pytest.param("callbacks: [{early_stopping: {monitor: loss, patience: 9, "
                     "restore_best_weights: true}}]\nepochs: 9", id="the best weights"),
        pytest.param("data: {source: {npz: {path: a.npz, target: y}}, "
                     "split: {validation: 0.1, shuffle: false}}\nloss: mean_squared_error",
                     id="numbers in the order of time"),
        pytest.param("inputs: {x: [9, 4]}\ndata: {source: {npz: {path: a.npz, target: y}}, "
                     "split: {validation: 0.1, shuffle: false}}\nshuffle: false\n"
                     "- lstm: {units: 8, stateful: true}\n"
                     "- dense: {units: 3, activation: softmax}\n" + SPARSE, id="a stateful layer"),
        pytest.param("inputs: {x: [time, 4]}\n- dense: {units: 3, activation: softmax}\n" + SPARSE,
                     id="a size that the data know"),
    ],
)  # fmt: skip
def test_what_is_fine_gives_no_warning(fragment):
    report = Report()
    check(SourceText("spec.yaml", complete(fragment)), (), report)
    assert [f"{d.code.id} {d.message}" for d in report] == []

"""What looks like a mistake and is none. The mistakes stand in ``tests/diagnostics/lints.md``."""

from __future__ import annotations

from pathlib import Path

import pytest

from kc.compiler.pipeline import check
from kc.compiler.source.files import read_file
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from tests.fragments import complete

ROOT = Path(__file__).parents[3]
SPECS = [
    path
    for pattern in ("examples/*/spec.yaml", "specs/*.yaml", "kc/cli/templates/*.yaml")
    for path in sorted(ROOT.glob(pattern))
]
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
        pytest.param("data: {source: iris, split: {validation: 0.2}}\ninputs: {features: [4]}\n"
                     "batch_size: 120\n- dense: {units: 3, activation: softmax}\n" + SPARSE,
                     id="a batch of all examples"),
        pytest.param("- dense: 4\n- {dense: 1, trainable: false}\nloss: mean_squared_error",
                     id="a layer that is frozen"),
        pytest.param("- dense: {units: 3, activation: relu6}\n"
                     "loss: {sparse_categorical_crossentropy: {from_logits: true}}",
                     id="softmax of differences up to 6"),
        pytest.param("- dense: {units: 3, activation: log_softmax}\n"
                     "loss: {sparse_categorical_crossentropy: {from_logits: true}}",
                     id="logits that softmax leaves as they are"),
        pytest.param("- dense: {units: 3, activation: softmax}\n- dense: {units: 3, activation: "
                     "softmax}\n" + SPARSE, id="weights between softmax and softmax"),
        pytest.param("data: {source: iris}\ninputs: {features: [4]}\n"
                     "- {dense: {units: 3, activation: softmax}, name: kind}\n"
                     "- {dense: {units: 1, activation: sigmoid}, name: known}\n"
                     "outputs: [kind, known]\nloss: {kind: sparse_categorical_crossentropy, "
                     "known: binary_crossentropy}", id="another output tells classes apart"),
        pytest.param("inputs: {x: [time, 4]}\n- dense: {units: 3, activation: softmax}\n" + SPARSE,
                     id="a size that the data know"),
    ],
)  # fmt: skip
def test_what_is_fine_gives_no_warning(fragment):
    report = Report()
    check(SourceText("spec.yaml", complete(fragment)), (), report)
    assert [f"{d.code.id} {d.message}" for d in report] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_spec_of_ours_is_suspicious(path):
    report = Report()
    check(read_file(path), (), report, path.parent)
    assert [f"{d.code.id} {d.message}" for d in report if d.code.id.startswith("KC8")] == []

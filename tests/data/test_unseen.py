from __future__ import annotations

import numpy as np
import pytest

from kc.core.diagnostic import Report
from kc.runtime.data.job import examples
from kc.runtime.data.unseen import report_unseen
from tests.runtime.jobs import make_plan

SPEC = """\
kc: 1
data: {{source: {{npz: {{path: data.npz, target: y}}}}, split: {{{split}}}}}
model: {{inputs: {{x: [4]}}, layers: [{{dense: {{units: 3, activation: softmax}}}}]}}
training: {{loss: sparse_categorical_crossentropy}}
"""
MESSAGE = "training never sees the classes `2` of `dense` that validation has"


@pytest.mark.parametrize(
    ("split", "found"),
    [
        ("validation: 0.2, shuffle: false", [MESSAGE]),
        ("validation: 0.2", []),
        ("test: 0.2, shuffle: false", []),
    ],
    ids=["sorted", "drawn", "no validation"],
)  # fmt: skip
def test_classes_that_only_validation_has_are_reported(split, found, tmp_path):
    x, y = np.zeros((30, 4), "float32"), np.repeat(np.arange(3), [12, 12, 6])
    np.savez(tmp_path / "data.npz", x=x, y=y)
    plan, report = make_plan(SPEC.format(split=split)), Report()
    report_unseen(plan, examples(plan, tmp_path), report)
    assert [diagnostic.message for diagnostic in report] == found

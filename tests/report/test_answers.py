from __future__ import annotations

import numpy as np
import pytest

from kc.core.data import Examples
from kc.core.registry import entries
from kc.report.answers import Answers, answer
from kc.report.scores import ClassScores, NumberScores


def answered(kind: str, true, output, words=(), **fields: object) -> Answers | None:
    loss = entries("loss")[kind](**fields)
    examples = Examples({}, {"out": np.array(true)}, classes={"out": words})
    return answer("out", loss, examples, np.array(output))


@pytest.mark.parametrize(
    ("kind", "true", "output", "fields", "right", "predicted"),
    [
        pytest.param(
            "sparse_categorical_crossentropy", [2, 0], [[0.1, 0.2, 0.7], [0.2, 0.5, 0.3]], {},
            [2, 0], [2, 1], id="numbers of classes",
        ),
        pytest.param(
            "categorical_crossentropy", [[0, 0, 1], [1, 0, 0]], [[0.0, 1, 5], [1, 4, 2]],
            {"from_logits": True}, [2, 0], [2, 1], id="rows",
        ),
        pytest.param(
            "categorical_generalized_cross_entropy", [1, 0], [[0.1, 0.9], [0.2, 0.8]], {},
            [1, 0], [1, 1], id="numbers and probabilities",
        ),
        pytest.param(
            "binary_crossentropy", [[1.0], [0.0]], [[0.4], [0.6]], {}, [1, 0], [0, 1],
            id="probabilities of yes",
        ),
        pytest.param(
            "binary_crossentropy", [1.0, 0.0], [0.4, -0.6], {"from_logits": True}, [1, 0], [1, 0],
            id="logits of yes",
        ),
        pytest.param("hinge", [[-1.0], [1.0]], [[-0.2], [0.3]], {}, [0, 1], [0, 1], id="margins"),
        pytest.param("hinge", [[0.0], [1.0]], [[0.2], [0.3]], {}, [0, 1], [1, 1], id="margins, 0"),
        pytest.param(
            "sparse_categorical_crossentropy", [[1, 0]], [[[0.3, 0.9], [0.7, 0.1]]], {"axis": 1},
            [1, 0], [1, 0], id="classes on another axis",
        ),
    ],
)  # fmt: skip
def test_classes_are_told_from_outputs(kind, true, output, fields, right, predicted):
    found = answered(kind, true, output, **fields)
    assert found is not None
    assert found.true.ravel().tolist() == right
    assert found.predicted.ravel().tolist() == predicted
    assert isinstance(found.scores, ClassScores)
    assert found.words[:2] == ("0", "1")


def test_ignored_classes_do_not_count():
    output = np.full((2, 3, 2), 0.5)
    true = [[0, 1, -1], [-1, -1, -1]]
    found = answered("sparse_categorical_crossentropy", true, output, ignore_class=-1)
    assert found is not None
    assert isinstance(found.scores, ClassScores)
    assert found.scores.support.tolist() == [1, 1]
    assert found.losses == pytest.approx([np.log(2), 0])


def test_classes_are_called_as_the_data_call_them():
    output = [[0.1, 0.9], [0.8, 0.2]]
    found = answered("sparse_categorical_crossentropy", [0, 1], output, words=("cat", "dog"))
    assert found is not None
    assert found.words == ("cat", "dog")


def test_numbers_have_the_mean_loss_of_each_example():
    found = answered("mean_squared_error", [[0.0, 0.0], [1.0, 2.0]], [[0.0, 2.0], [1.0, 2.0]])
    assert found is not None
    assert found.losses.tolist() == [2, 0]
    assert isinstance(found.scores, NumberScores)
    assert found.scores.mae == 0.5


@pytest.mark.parametrize(
    ("kind", "true", "output"),
    [
        pytest.param("cosine_similarity", [[1.0, 0.0]], [[1.0, 0.0]], id="directions"),
        pytest.param("binary_crossentropy", [[1.0, 1.0]], [[0.2, 0.9]], id="several yes or no"),
    ],
)
def test_other_outputs_have_no_answers(kind, true, output):
    assert answered(kind, true, output) is None

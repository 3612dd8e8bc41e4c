import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from kc.library.metrics.iou import IoU
from tests.library.losses.parity import fractions, labels, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches, measured

TWINS = {
    "iou": keras.metrics.IoU,
    "mean_iou": keras.metrics.MeanIoU,
    "binary_iou": keras.metrics.BinaryIoU,
    "one_hot_iou": keras.metrics.OneHotIoU,
    "one_hot_mean_iou": keras.metrics.OneHotMeanIoU,
}
SOME = {"num_classes": 3, "target_class_ids": [0, 2]}
IGNORED = labels(6, 4)
IGNORED[1, 2:] = IGNORED[4, 0] = 255

CASES = [
    pytest.param("iou", SOME, labels(7, 5), labels(7, 5, seed=9), id="numbers"),
    pytest.param("iou", SOME, labels(7), labels(7, seed=9).astype("float32"), id="no axis"),
    pytest.param(
        "iou",
        {**SOME, "sparse_y_pred": False},
        labels(7, 5),
        probabilities((7, 5, 3)),
        id="probabilities",
    ),
    pytest.param(
        "iou",
        {**SOME, "sparse_y_pred": False, "sparse_y_true": False},
        one_hot(7, 5),
        probabilities((7, 5, 3)),
        id="rows",
    ),
    pytest.param(
        "iou",
        {"num_classes": 5, "target_class_ids": [1, 4]},
        labels(6),
        labels(6, seed=9),
        id="a class that is nowhere",
    ),
    pytest.param("mean_iou", {"num_classes": 3}, labels(7, 5), labels(7, 5, seed=9), id="mean"),
    pytest.param(
        "mean_iou",
        {"num_classes": 3, "ignore_class": 1, "sparse_y_pred": False},
        labels(7),
        probabilities((7, 3)),
        id="a class ignored",
    ),
    pytest.param(
        "mean_iou",
        {"num_classes": 3, "ignore_class": 255, "sparse_y_pred": False},
        IGNORED,
        probabilities((6, 4, 3)),
        id="unknown places",
    ),
    pytest.param(
        "mean_iou",
        {"num_classes": 2},
        labels(6, 4),
        labels(6, 4, seed=9),
        id="classes beyond",
    ),
    pytest.param("binary_iou", {}, labels(9, 4, classes=2), fractions(9, 4), id="binary"),
    pytest.param(
        "binary_iou",
        {"target_class_ids": [1], "threshold": 0.25},
        labels(9, classes=2),
        np.round(fractions(9, 1) * 4) / np.float32(4),
        id="on the threshold",
    ),
    pytest.param("one_hot_iou", SOME, one_hot(7, 5), probabilities((7, 5, 3)), id="one-hot"),
    pytest.param(
        "one_hot_iou",
        {**SOME, "sparse_y_pred": True},
        one_hot(7),
        labels(7, seed=9),
        id="one-hot and numbers",
    ),
    pytest.param(
        "one_hot_mean_iou", {"num_classes": 3}, one_hot(7), probabilities((7, 3)), id="one-hot mean"
    ),
]


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.parametrize(("kind", "arguments", "target", "output"), CASES)
def test_overlaps_are_those_of_keras(kind, arguments, target, output):
    metric = entries("metric")[kind].model_validate(arguments)
    assert_same(metric, TWINS[kind](**arguments), in_batches(target, output))


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
def test_classes_may_stand_on_another_axis():
    # Keras takes the mean over classes along `axis`, too, and fails for any but the last.
    target, output = one_hot(7, 2), probabilities((7, 2, 3))
    twin = keras.metrics.OneHotMeanIoU(3)
    twin.update_state(target, output)
    metric = entries("metric")["one_hot_mean_iou"](3, axis=1)
    batches = in_batches(target.swapaxes(1, 2), output.swapaxes(1, 2))
    np.testing.assert_allclose(measured(metric, batches), twin.result(), 1e-5)


def test_target_classes_have_to_exist():
    with pytest.raises(ValidationError, match="there is no class 3"):
        IoU(num_classes=3, target_class_ids=(0, 3))


@pytest.mark.parametrize(
    ("arguments", "target", "output", "help"),
    [
        pytest.param({}, (4,), (4, 3), "add `sparse_y_pred: false`", id="probabilities"),
        pytest.param(
            {"sparse_y_pred": False}, (4, 3), (4, 3), "use the `one_hot_` metric", id="rows"
        ),
        pytest.param({"sparse_y_pred": False}, (4,), (4, 5), "`num_classes: 5`", id="too few"),
    ],
)
def test_the_help_names_the_setting(arguments, target, output, help):
    metric = IoU(num_classes=3, target_class_ids=(0,), **arguments)
    with pytest.raises(ShapeError) as refused:
        metric.sums(TensorType(target, "int32"), TensorType(output))
    assert help in refused.value.help

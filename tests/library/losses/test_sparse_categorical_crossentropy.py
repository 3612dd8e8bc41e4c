import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kc.compiler.lower.objective import mean_loss
from kc.core.data import DataError
from kc.core.types import TensorType
from kc.library.losses.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
from tests.library.losses.parity import assert_same, labels, numbers, probabilities

IGNORED = labels(5, 4, seed=9)
IGNORED[0, 1:] = IGNORED[3, 2] = -1

CASES = [
    pytest.param({}, labels(5), probabilities((5, 3)), id="probabilities"),
    pytest.param({}, labels(5, 1), probabilities((5, 3)), id="targets with a last axis of 1"),
    pytest.param({}, labels(5).astype("float32"), probabilities((5, 3)), id="labels as floats"),
    pytest.param({"from_logits": True}, labels(4, 2), numbers(4, 2, 3), id="logits by position"),
    pytest.param({"from_logits": True}, labels(4, 2, 1), numbers(4, 2, 3), id="with a last 1"),
    pytest.param({"ignore_class": 1}, labels(6), probabilities((6, 3)), id="a class ignored"),
    pytest.param(
        {"ignore_class": -1, "from_logits": True}, IGNORED, numbers(5, 4, 3), id="padding ignored"
    ),
    pytest.param(
        {"ignore_class": 0}, np.zeros(3, "int32"), probabilities((3, 3)), id="all ignored"
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), CASES)
def test_sparse_categorical_crossentropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.SparseCategoricalCrossentropy(**arguments)
    assert_same(SparseCategoricalCrossentropy(**arguments), twin, target, output)


@pytest.mark.parametrize("shape", [(4, 2), (4, 1, 2)])
def test_classes_may_stand_on_another_axis(shape):
    # Keras refuses any axis but the last for this loss, so it is compared with itself.
    target, output = labels(*shape), numbers(4, 3, 2)
    values = {}
    for axis, y in ((1, output), (-1, output.swapaxes(1, 2))):
        call = SparseCategoricalCrossentropy(from_logits=True, axis=axis).lower()
        t = target if axis == 1 else target.reshape(4, 2)
        values[axis] = call.function(jnp.asarray(t), jnp.asarray(y), **call.settings)
    np.testing.assert_allclose(values[1], values[-1], 1e-5)
    assert mean_loss(values[1], jnp.ones(4)).shape == ()


@pytest.mark.parametrize(
    ("ignored", "label"),
    [
        pytest.param(None, 3, id="too large"),
        pytest.param(None, -1, id="negative"),
        pytest.param(-1, -2, id="negative, but not the ignored one"),
        pytest.param(None, 0.5, id="not whole"),
        pytest.param(None, float("nan"), id="not a number"),
    ],
)
def test_labels_have_to_name_a_class(ignored, label):
    loss = SparseCategoricalCrossentropy(ignore_class=ignored)
    with pytest.raises(DataError, match="of example 2 has no output"):
        loss.check(np.array([0.0, 2.0, label]), TensorType((3,)))


def test_the_ignored_label_passes_the_check():
    loss = SparseCategoricalCrossentropy(ignore_class=255)
    loss.check(np.array([0, 255, 2]), TensorType((3,)))

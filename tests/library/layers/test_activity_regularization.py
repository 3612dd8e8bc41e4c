import jax.numpy as jnp
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import TensorType
from kc.library.layers.activity_regularization import ActivityRegularization
from tests.library.layers.parity import assert_same
from tests.models import compiled


@pytest.mark.parametrize("arguments", [{"l1": 0.3}, {"l2": 0.2}, {"l1": 0.1, "l2": 0.5}])
def test_the_penalty_is_that_of_keras(arguments):
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    twin = keras.layers.ActivityRegularization(**arguments)
    twin(x)
    (penalty,) = twin.losses
    call = ActivityRegularization(**arguments).activity_regularizer.lower()
    # Keras, too, divides by the examples of the batch.
    np.testing.assert_allclose(call.function(jnp.asarray(x), **call.settings) / 4, penalty, 1e-5)


def test_the_input_passes():
    assert_same(
        {"activity_regularization": {"l1": 0.3}},
        keras.layers.ActivityRegularization(l1=0.3),
        (3, 4),
    )


def test_the_penalty_is_part_of_the_training_program():
    model = compiled(
        [{"activity_regularization": {"l2": 0.2}}, {"dense": 1}],
        {"x": TensorType((3,))},
        {"loss": "mean_squared_error"},
    )
    (found,) = model.training.phases[0].activities
    assert found.value == "activity_regularization"
    assert found.call.settings == {"l1": 0.0, "l2": 0.2}


def test_a_penalty_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="needs `l1` or `l2`"):
        ActivityRegularization()

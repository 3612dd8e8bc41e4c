import keras
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.library.losses.huber import Huber
from kc.library.losses.mean_squared_error import MeanSquaredError
from kc.library.losses.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
from tests.library.losses.parity import assert_same, labels, numbers

REDUCTIONS = ["sum_over_batch_size", "mean", "mean_with_sample_weight", "sum"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_reduction_is_that_of_keras(reduction):
    loss = MeanSquaredError(reduction=reduction)
    twin = keras.losses.MeanSquaredError(reduction=reduction)
    assert_same(loss, twin, numbers(4, 2, 3, seed=7), numbers(4, 2, 3))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_values_that_do_not_count_have_no_part_in_a_reduction(reduction):
    arguments = {"ignore_class": 1, "from_logits": True, "reduction": reduction}
    twin = keras.losses.SparseCategoricalCrossentropy(**arguments)
    assert_same(SparseCategoricalCrossentropy(**arguments), twin, labels(6), numbers(6, 3))


@pytest.mark.parametrize("reduction", [None, "none"])
def test_a_loss_has_to_be_one_number(reduction):
    with pytest.raises(ValidationError, match="has to be one number"):
        MeanSquaredError.model_validate({"reduction": reduction})


def test_a_reduction_is_given_by_name_only():
    assert Huber(0.5) == Huber(delta=0.5)
    with pytest.raises(TypeError, match="at most 0 arguments"):
        MeanSquaredError("sum")


@pytest.mark.parametrize("kind", ["hinge", "mean_squared_error", "ctc"])
def test_a_loss_without_fields_of_its_own_has_no_main_argument(kind):
    assert entries("loss")[kind].main_argument() is None

import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layer import MadeMask, Mask
from kc.library.layers.reversible_embedding import ReversibleEmbedding
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled, compiled_text

CASES = [
    pytest.param({}, id="tied"),
    pytest.param({"tie_weights": False}, id="untied"),
    pytest.param({"logit_soft_cap": 0.7}, id="bounded"),
]
SIZES = {"input_dim": 4, "output_dim": 3}


class Reversed(keras.layers.Layer):
    """A reversible embedding on its way back."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def build(self, shape):
        self.layer.build(shape)

    def call(self, x):
        return self.layer(x, reverse=True)


@pytest.mark.parametrize("arguments", CASES)
def test_whole_numbers_are_looked_up_as_in_keras(arguments):
    twin = keras.layers.ReversibleEmbedding(**SIZES, **arguments)
    assert_same({"reversible_embedding": {**SIZES, **arguments}}, twin, (5,), dtype="int32")


@pytest.mark.parametrize("arguments", CASES)
def test_vectors_are_scored_as_in_keras(arguments):
    twin = Reversed(keras.layers.ReversibleEmbedding(**SIZES, **arguments))
    assert_same({"reversible_embedding": {**SIZES, **arguments}}, twin, (2, 3))


def test_a_shared_part_goes_both_ways_with_one_set_of_weights():
    model = compiled_text("""
kc: 1
model:
  inputs: {tokens: {shape: [5], dtype: int32}}
  shared:
    words: [{reversible_embedding: {input_dim: 10, output_dim: 4}}]
  layers:
    - use: words
    - dense: 4
    - use: words
""")
    (output,) = model.program.output_types.values()
    assert output == TensorType((5, 10))
    shapes = [w.shape for weights in model.program.weights.values() for w in weights.values()]
    assert sorted(shapes) == [(4,), (4, 4), (10, 4)]
    assert_same_model(model)


def test_a_mask_begins_at_whole_numbers_and_passes_vectors():
    layer = ReversibleEmbedding(**SIZES, mask_zero=True)
    made = layer.output_mask([None], [TensorType((5,), "int32")])
    assert isinstance(made, MadeMask)
    mask = Mask("a:mask", (5,))
    assert layer.output_mask([mask], [TensorType((5, 3))]) == mask
    assert layer.output_mask([None], [TensorType((5, 3))]) is None


def test_vectors_have_to_be_of_the_size_of_the_embedding():
    with pytest.raises(ShapeError, match="needs vectors of 3"):
        ReversibleEmbedding(**SIZES).infer(TensorType((2, 5)))


def test_reversible_embedding_is_printed_as_it_runs():
    item = {"reversible_embedding": {**SIZES, "tie_weights": False}}
    assert_same_model(compiled([item], {"x": TensorType((2, 3))}))

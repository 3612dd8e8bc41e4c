import keras
import pytest

from tests.library.layers.parity import assert_same

DENSE = {"dense": {"units": 3, "activation": "tanh"}}
CASES = [
    pytest.param(
        [DENSE], (3,), [(keras.layers.Dense, {"units": 3, "activation": "tanh"})], id="one"
    ),
    pytest.param(
        ["layer_normalization", {"dense": 3}],
        (2, 3),
        [(keras.layers.LayerNormalization, {}), (keras.layers.Dense, {"units": 3})],
        id="two layers on a matrix",
    ),
    pytest.param(
        [
            "batch_normalization",
            "relu",
            {"conv2d": {"filters": 1, "kernel_size": 3, "padding": "same"}},
        ],
        (4, 3, 1),
        [
            (keras.layers.BatchNormalization, {}),
            (keras.layers.ReLU, {}),
            (keras.layers.Conv2D, {"filters": 1, "kernel_size": 3, "padding": "same"}),
        ],
        id="state inside",
    ),
    pytest.param([{"dense": 1}], (4, 5), [(keras.layers.Dense, {"units": 1})], id="stretched"),
]


@pytest.mark.parametrize(("items", "shape", "inside"), CASES)
def test_residual_adds_its_input_to_what_is_inside(items, shape, inside):
    y = x = keras.Input(shape)
    for layer, arguments in inside:
        y = layer(**arguments)(y)
    twin = keras.Model(x, keras.layers.Add()([x, y]))
    assert_same({"residual": items}, twin, shape)

"""Models of awkward shapes beside Keras: forward, gradients, and five steps of training."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import constraints, regularizers

import kc
from kc.compiler.pipeline import Compiled
from kc.core.types import TensorType
from tests.library.layers.whole import assert_same_whole, masked_sequences
from tests.library.training import assert_same_training, in_order, train, train_twin
from tests.models import compiled, compiled_text, random_weights

K = keras.layers


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_a_part_used_three_times_is_that_of_keras():
    x = K.Input((3,))
    part = K.Dense(3, activation="tanh")
    a = part(x)
    b = part(K.Dense(3)(a))
    twin = keras.Model(x, K.Concatenate()([a, b, part(K.Add()([a, b]))]))
    layers = """
    - {use: part, name: a}
    - dense: 3
    - {use: part, name: b}
    - {add: {}, from: [a, b]}
    - {use: part, name: c}
    - {concatenate: {}, from: [a, b, c]}"""
    shared = "    part: [{dense: {units: 3, activation: tanh}}]"
    assert_same_whole(layers, twin, {"x": draw(4, 3)}, shared=shared)


def test_a_model_inside_used_twice_with_several_inputs_and_outputs_is_that_of_keras():
    left, right = K.Input((6, 6, 2)), K.Input((6, 6, 2))
    inside = keras.Sequential(
        [
            K.Input((6, 6, 2)),
            K.Conv2D(4, 3, strides=2, padding="same", groups=2, activation="elu"),
            K.Flatten(),
            K.Dense(3),
        ]
    )
    a, b = inside(left), inside(right)
    far = K.Dense(2, activation="tanh")(K.Subtract()([a, b]))
    near = K.Dot(1, normalize=True)([a, b])
    twin = keras.Model([left, right], [far, near, a])
    layers = """
    - {use: inside, from: left, name: a}
    - {use: inside, from: right, name: b}
    - {subtract: {}, from: [a, b]}
    - {dense: {units: 2, activation: tanh}, name: far}
    - {dot: {axes: 1, normalize: true}, from: [a, b], name: near}"""
    shared = """
    inside:
      - conv2d: {filters: 4, kernel_size: 3, strides: 2, padding: same, groups: 2, activation: elu}
      - flatten
      - dense: 3"""
    inputs = {"left": draw(3, 6, 6, 2), "right": draw(3, 6, 6, 2, seed=1)}
    assert_same_whole(layers, twin, inputs, "[far, near, a]", shared)


def dilated() -> tuple[str, list[keras.Layer], tuple[int, ...]]:
    layers = """
    - conv1d: {filters: 3, kernel_size: 3, padding: causal, dilation_rate: 2, activation: tanh}
    - conv1d: {filters: 4, kernel_size: 2, padding: causal, strides: 3}
    - depthwise_conv1d: {kernel_size: 2, depth_multiplier: 2, padding: same}
    - separable_conv1d: {filters: 2, kernel_size: 2, padding: same, dilation_rate: 2}"""
    twins = [
        K.Conv1D(3, 3, padding="causal", dilation_rate=2, activation="tanh"),
        K.Conv1D(4, 2, padding="causal", strides=3),
        K.DepthwiseConv1D(2, depth_multiplier=2, padding="same"),
        K.SeparableConv1D(2, 2, padding="same", dilation_rate=2),
    ]
    return layers, twins, (11, 2)


def grown() -> tuple[str, list[keras.Layer], tuple[int, ...]]:
    layers = """
    - conv2d_transpose: {filters: 3, kernel_size: 3, strides: 2, output_padding: 1}
    - conv2d: {filters: 6, kernel_size: 3, groups: 3, dilation_rate: 2, padding: same}
    - conv2d_transpose: {filters: 2, kernel_size: 2, strides: 3, padding: same, output_padding: 2}
    - zero_padding2d: [[1, 0], [0, 2]]
    - conv2d: {filters: 2, kernel_size: [1, 4], strides: [2, 3]}"""
    twins = [
        K.Conv2DTranspose(3, 3, strides=2, output_padding=1),
        K.Conv2D(6, 3, groups=3, dilation_rate=2, padding="same"),
        K.Conv2DTranspose(2, 2, strides=3, padding="same", output_padding=2),
        K.ZeroPadding2D(((1, 0), (0, 2))),
        K.Conv2D(2, (1, 4), strides=(2, 3)),
    ]
    return layers, twins, (3, 4, 2)


@pytest.mark.parametrize("chain", [dilated, grown])
def test_chains_of_convolutions_are_those_of_keras(chain):
    layers, twins, shape = chain()
    assert_same_whole(layers, keras.Sequential([K.Input(shape), *twins]), {"x": draw(3, *shape)})


def test_masks_through_time_and_residuals_are_those_of_keras():
    left, right = K.Input((5, 3)), K.Input((4, 3))
    a, b = K.Masking()(left), K.Masking()(right)
    x = K.Concatenate(axis=1)([a, b])
    x = K.Add()([x, K.Dense(3, activation="tanh")(x)])
    x = K.Concatenate()([x, K.TimeDistributed(K.Dense(2))(x)])
    x = K.Bidirectional(K.GRU(2, return_sequences=True))(x)
    twin = keras.Model([left, right], K.LSTM(3)(K.LayerNormalization()(x)))
    layers = """
    - {masking: {}, from: left, name: a}
    - {masking: {}, from: right, name: b}
    - {concatenate: {axis: 1}, from: [a, b]}
    - {residual: [{dense: {units: 3, activation: tanh}}], name: x}
    - {time_distributed: {dense: 2}, name: steps}
    - {concatenate: {}, from: [x, steps]}
    - bidirectional: {layer: {gru: {units: 2, return_sequences: true}}}
    - layer_normalization
    - lstm: 3"""
    inputs = {"left": masked_sequences(), "right": masked_sequences(time=4, seed=5)}
    assert_same_whole(layers, twin, inputs)


OPTIMIZER = {"adam": {"learning_rate": 0.05}}
BATCHES = [(draw(6, 4, seed=i), draw(6, 2, seed=10 + i)) for i in range(5)]


def assert_same_steps(model: Compiled, twin: keras.Model) -> None:
    params, state = random_weights(model.program, np.random.default_rng(1))
    loss, adam = keras.losses.MeanSquaredError(), keras.optimizers.Adam(0.05)
    losses, end, after = train(model, params, state, BATCHES)
    theirs = train_twin(twin, loss, adam, params, state, BATCHES)
    program = model.program
    found = losses, in_order(end, program.weights), in_order(after, program.state)
    assert_same_training(found, theirs)


def test_five_steps_of_batch_normalization_in_a_shared_part_are_those_of_keras():
    spec = """
kc: 1
model:
  inputs: {x: [4]}
  shared:
    part: [{dense: {units: 4, use_bias: false}}, {batch_normalization: {momentum: 0.6}}, relu]
  layers: [{use: part}, {use: part}, {dense: 2}]
training: {loss: mean_squared_error, optimizer: {adam: 0.05}}
"""
    x = K.Input((4,))
    part = keras.Sequential(
        [K.Input((4,)), K.Dense(4, use_bias=False), K.BatchNormalization(momentum=0.6), K.ReLU()]
    )
    twin = keras.Model(x, K.Dense(2)(part(part(x))))
    assert_same_steps(compiled_text(spec), twin)


def test_five_steps_with_penalties_of_weights_and_outputs_and_constraints_are_those_of_keras():
    layers = [
        {
            "dense": {
                "units": 4,
                "activation": "tanh",
                "kernel_regularizer": {"l1_l2": {"l1": 0.01, "l2": 0.02}},
                "activity_regularizer": {"l2": 0.1},
                "kernel_constraint": {"max_norm": 1.0},
                "bias_constraint": "non_neg",
            }
        },
        {"activity_regularization": {"l1": 0.05, "l2": 0.02}},
        {"batch_normalization": {"gamma_regularizer": "l1", "gamma_constraint": "unit_norm"}},
        {"dense": {"units": 2, "kernel_constraint": {"min_max_norm": {"min_value": 0.5}}}},
    ]
    twin = keras.Sequential(
        [
            K.Input((4,)),
            K.Dense(
                4,
                activation="tanh",
                kernel_regularizer=regularizers.L1L2(0.01, 0.02),
                activity_regularizer=regularizers.L2(0.1),
                kernel_constraint=constraints.MaxNorm(1.0),
                bias_constraint="non_neg",
            ),
            K.ActivityRegularization(0.05, 0.02),
            K.BatchNormalization(gamma_regularizer="l1", gamma_constraint="unit_norm"),
            K.Dense(2, kernel_constraint=constraints.MinMaxNorm(0.5)),
        ]
    )
    training = {"loss": "mean_squared_error", "optimizer": OPTIMIZER}
    assert_same_steps(compiled(layers, {"x": TensorType((4,))}, training), twin)


SEVERAL = """
kc: 1
model:
  inputs: {a: [4], b: [4]}
  shared:
    stem:
      - {dense: {units: 5, kernel_regularizer: {l2: 0.1}}, trainable: false}
      - {batch_normalization: {}, trainable: false}
      - dense: {units: 3, activation: tanh}
  layers:
    - {use: stem, from: a, name: left}
    - {use: stem, from: b, name: right}
    - {concatenate: {}, from: [left, right]}
    - {dense: {units: 3, activation: softmax}, name: kind}
    - {dense: 1, from: left, name: size}
  outputs: [kind, size]
training:
  loss: {kind: sparse_categorical_crossentropy, size: huber}
  loss_weights: {kind: 0.3, size: 2.0}
  metrics: {kind: [accuracy], size: [mean_absolute_error]}
  optimizer: {adamw: {learning_rate: 0.05, weight_decay: 0.1}}
  shuffle: false
"""


def several() -> tuple[keras.Model, list[keras.Layer]]:
    a, b = K.Input((4,), name="a"), K.Input((4,), name="b")
    parts = [
        K.Dense(5, kernel_regularizer=regularizers.L2(0.1), trainable=False),
        K.BatchNormalization(trainable=False),
        K.Dense(3, activation="tanh"),
    ]
    stem = keras.Sequential([K.Input((4,)), *parts])
    left, right = stem(a), stem(b)
    kind = K.Dense(3, activation="softmax", name="kind")
    size = K.Dense(1, name="size")
    outputs = {"kind": kind(K.Concatenate()([left, right])), "size": size(left)}
    return keras.Model({"a": a, "b": b}, outputs), [*parts, kind, size]


def test_training_with_several_inputs_outputs_and_frozen_parts_is_that_of_keras(tmp_path):
    (tmp_path / "spec.yaml").write_text(SEVERAL)
    model = kc.load(tmp_path / "spec.yaml")
    twin, layers = several()
    order = model.compiled.program.weights
    for layer, scope in zip(layers, order, strict=True):
        weights = [np.asarray(model.weights[scope][name]) for name in order[scope]]
        layer.set_weights([*weights, *layer.get_weights()[len(weights) :]])
    twin.compile(
        keras.optimizers.AdamW(0.05, 0.1),
        {"kind": "sparse_categorical_crossentropy", "size": "huber"},
        loss_weights={"kind": 0.3, "size": 2.0},
        metrics={"kind": ["accuracy"], "size": ["mean_absolute_error"]},
    )
    x = {"a": draw(10, 4), "b": draw(10, 4, seed=1)}
    y = {"kind": np.arange(10) % 3, "size": draw(10, 1, seed=2)}
    found = model.fit(x, y, batch_size=4, epochs=2, verbose=False).history
    expected = twin.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, 1e-4, 1e-5, err_msg=name)
    for layer, scope in zip(layers, order, strict=True):
        for name, array in zip(order[scope], layer.get_weights(), strict=False):
            np.testing.assert_allclose(model.weights[scope][name], array, 1e-3, 1e-5)

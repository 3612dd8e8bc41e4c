"""A whole model, trained in both."""

import jax.numpy as jnp
import keras
import numpy as np

from kc.core.types import TensorType
from tests.library.training import assert_same_training, in_order, train, train_twin
from tests.models import compiled, random_weights

LAYERS = [
    {
        "conv2d": {
            "filters": 4,
            "kernel_size": 3,
            "strides": 2,
            "padding": "same",
            "use_bias": False,
        }
    },
    {"batch_normalization": {"momentum": 0.7}},
    "relu",
    {"max_pooling2d": {"pool_size": 2, "padding": "same"}},
    {"conv2d": {"filters": 3, "kernel_size": 2, "activation": "elu"}},
    {"batch_normalization": {"scale": False}},
    "global_average_pooling2d",
    {"dense": {"units": 3, "activation": "softmax"}},
]
SHAPE = (9, 7, 2)


def twin():
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.7),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2, padding="same"),
            keras.layers.Conv2D(3, 2, activation="elu"),
            keras.layers.BatchNormalization(scale=False),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def test_five_steps_of_a_convnet_with_batch_normalization_are_those_of_keras():
    rng = np.random.default_rng(5)
    batches = [
        (rng.normal(size=(8, *SHAPE)).astype("float32"), rng.integers(0, 3, 8).astype("int32"))
        for _ in range(5)
    ]
    optimizer = {"adam": {"learning_rate": 0.01}}
    training = {"loss": "sparse_categorical_crossentropy", "optimizer": optimizer}
    model = compiled(LAYERS, {"image": TensorType(SHAPE)}, training)
    params, state = random_weights(model.program, rng)
    theirs = train_twin(
        twin(),
        keras.losses.SparseCategoricalCrossentropy(),
        keras.optimizers.Adam(0.01),
        params,
        state,
        batches,
    )
    losses, end, state = train(model, params, state, batches)
    program = model.program
    ours = losses, in_order(end, program.weights), in_order(state, program.state)
    assert_same_training(ours, theirs)
    assert jnp.all(jnp.isfinite(jnp.asarray(losses)))

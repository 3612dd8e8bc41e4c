"""Models of Keras for tests, and ways to write them to files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kc.cli.main import run


def functional() -> keras.Model:
    """Several classes of layers, a residual connection, two outputs."""
    image = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = keras.layers.BatchNormalization()(x)
    y = keras.layers.Conv2D(4, 1, use_bias=False)(x)
    x = keras.layers.Add()([x, y])
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dropout(0.3)(x)
    flat = keras.layers.GlobalAveragePooling2D()(x)
    classes = keras.layers.Dense(3, activation="softmax", name="classes")(flat)
    size = keras.layers.Dense(1)(flat)
    return randomized(keras.Model(image, {"classes": classes, "size": size}))


def sequential() -> keras.Model:
    return randomized(
        keras.Sequential(
            [
                keras.Input((6,)),
                keras.layers.Rescaling(0.5),
                keras.layers.Dense(5, activation="tanh"),
                keras.layers.LayerNormalization(),
                keras.layers.Dense(2),
            ]
        )
    )


def shared() -> keras.Model:
    """A layer and an inner model, each used twice."""
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()], name="inner"
    )
    twice = keras.layers.Dense(3, activation="relu")
    both = keras.layers.Concatenate()([inner(left), inner(right)])
    x = keras.layers.Dense(3)(both)
    return randomized(keras.Model([left, right], keras.layers.Add()([twice(x), twice(twice(x))])))


def several() -> keras.Model:
    """An inner model with two inputs and two outputs, used twice, in which a layer is used twice.

    What it returns is not its last layer.
    """
    a, b = keras.Input((4,)), keras.Input((4,))
    twice = keras.layers.Dense(4, activation="tanh")
    joined = keras.layers.Add()([twice(a), twice(b)])
    middle = keras.layers.BatchNormalization()(joined)
    inner = keras.Model([a, b], [keras.layers.Dense(4)(middle), middle], name="inner")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    x, y = inner([left, right])
    z, middle = inner([y, x])
    return randomized(keras.Model([left, right], [keras.layers.Dense(2)(z), middle]))


def attending() -> keras.Model:
    """Attention of every kind, with a causal mask, keys by name, and the query alone."""
    text, image = keras.Input((5, 4), name="text"), keras.Input((3, 4), name="image")
    x = keras.layers.MultiHeadAttention(2, 3, dropout=0.1)(text, image, key=image)
    x = keras.layers.MultiHeadAttention(2, 3, use_bias=False)(x, x, use_causal_mask=True)
    x = keras.layers.GroupQueryAttention(2, 4, 2)(x, image)
    y = keras.layers.Attention(use_scale=True)([x, image])
    z = keras.layers.AdditiveAttention()([x, text], use_causal_mask=True)
    return randomized(keras.Model([text, image], keras.layers.Concatenate()([x, y, z])))


def recurrent() -> keras.Model:
    """Wrappers, cells, several results, and first states."""
    text = keras.Input((5, 3), name="text")
    x = keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True))(text)
    x = keras.layers.Bidirectional(
        keras.layers.LSTM(3, return_sequences=True),
        backward_layer=keras.layers.LSTM(3, return_sequences=True, go_backwards=True, dropout=0.1),
        merge_mode="sum",
    )(x)
    cells = [keras.layers.LSTMCell(3), keras.layers.LSTMCell(2), keras.layers.GRUCell(4)]
    x = keras.layers.RNN(cells, return_sequences=True)(x)
    x = keras.layers.TimeDistributed(keras.layers.Dense(3))(x)
    x, h, c = keras.layers.LSTM(4, return_sequences=True, return_state=True)(x)
    y = keras.layers.LSTM(4)(x, initial_state=[h, c])
    return randomized(keras.Model(text, [keras.layers.Dense(2)(y), h]))


def prepared() -> keras.Model:
    """Preprocessing with numbers that were learnt from data, and spectral normalization."""
    table = keras.Input((4, 3), name="table")
    learnt = keras.layers.Normalization()
    learnt.adapt(np.random.default_rng(5).normal(2.0, 3.0, (40, 4, 3)))
    x = learnt(table)
    x = keras.layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[2.0, 1.0, 0.5])(x)
    x = keras.layers.SpectralNormalization(keras.layers.Dense(3))(x)
    x = keras.layers.EinsumDense("abc,cd->abd", output_shape=(4, 2), bias_axes="d")(x)
    model = keras.Model(table, x)
    kept = learnt.get_weights()
    randomized(model)
    learnt.set_weights(kept)
    learnt.finalize_state()
    return model


def randomized(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    for layer in model._flatten_layers(include_self=False):
        if layer.weights and not isinstance(layer, keras.Model):
            layer.set_weights([rng.uniform(0.2, 0.9, w.shape) for w in layer.get_weights()])
    return model


MODELS = {"functional": functional, "sequential": sequential, "shared": shared,
          "several": several, "attending": attending, "recurrent": recurrent,
          "prepared": prepared}  # fmt: skip


def arrays_for(model: keras.Model) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=(5, *x.shape[1:])).astype("float32") for x in model.inputs]


def save(model: keras.Model, path: Path) -> Path:
    match path.suffixes:
        case [".json"]:
            path.write_text(model.to_json())
        case [".weights", ".h5"]:
            model.save_weights(path)
        case _:
            model.save(path)
    return path


def config_of(model: keras.Model) -> dict[str, Any]:
    return json.loads(model.to_json())


def imported(path: Path, *more: str) -> int:
    return run(["import", str(path), "-o", str(path.parent / "spec.yaml"), *more])

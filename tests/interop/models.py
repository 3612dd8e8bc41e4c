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


def randomized(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    for layer in model._flatten_layers(include_self=False):
        if layer.weights and not isinstance(layer, keras.Model):
            layer.set_weights([rng.uniform(0.2, 0.9, w.shape) for w in layer.get_weights()])
    return model


MODELS = {"functional": functional, "sequential": sequential, "shared": shared}


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

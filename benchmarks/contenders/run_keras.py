"""Keras on JAX, as its documentation has it: ``compile`` and ``fit`` on arrays.

``steps_per_execution`` is set to what was fastest here.
"""

from __future__ import annotations

import os
import time

os.environ["KERAS_BACKEND"] = "jax"

import keras
from workloads import Workload


def run(workload: Workload) -> float:
    """Training steps per second, after one epoch that compiles."""
    *hidden, last = workload.widths[1:]
    layers = [keras.Input(workload.widths[:1])]
    layers += [keras.layers.Dense(n, activation="relu") for n in hidden]
    net = keras.Sequential([*layers, keras.layers.Dense(last)])
    loss = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        if workload.classes
        else "mean_squared_error"
    )
    net.compile(
        keras.optimizers.Adam(),
        loss,
        metrics=["accuracy"] if workload.classes else [],
        steps_per_execution=32,
    )
    x, y = workload.data()
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())
    )
    epochs = 1 + workload.epochs
    net.fit(x, y, batch_size=workload.batch_size, epochs=epochs, verbose=0, callbacks=[clock])
    return workload.steps(workload.epochs) / (ends[-1] - ends[0])

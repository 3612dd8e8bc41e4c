"""JAX and optax by hand, as someone writes it who knows them: data on the device, an epoch as one
``lax.scan``, donated state, one order of rows per epoch. Loss and accuracy are kept as in the rest.
"""

from __future__ import annotations

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from workloads import Workload


def run(workload: Workload) -> float:
    """Training steps per second, after one epoch that compiles."""
    optimizer = optax.adam(1e-3, eps=1e-7)
    params = init(workload, jax.random.key(0))
    x, y = workload.data()
    data = (jax.device_put(x), jax.device_put(y))

    def loss(params: Any, xb: Any, yb: Any) -> Any:
        out = forward(params, xb)
        if workload.classes:
            value = optax.softmax_cross_entropy_with_integer_labels(out, yb).mean()
            return value, (out.argmax(-1) == yb).mean()
        return ((out - yb) ** 2).mean(), 0.0

    def step(state: Any, rows: Any) -> Any:
        params, opt = state
        (value, accuracy), grads = jax.value_and_grad(loss, has_aux=True)(
            params, data_x[rows], data_y[rows]
        )
        updates, opt = optimizer.update(grads, opt, params)
        return (optax.apply_updates(params, updates), opt), (value, accuracy)

    def epoch(state: Any, data: Any, order: Any) -> Any:
        nonlocal data_x, data_y
        data_x, data_y = data
        state, (values, accuracies) = jax.lax.scan(step, state, order)
        return state, values.mean(), accuracies.mean()

    data_x, data_y = data
    epoch = jax.jit(epoch, donate_argnums=0)
    state = (params, optimizer.init(params))
    random = np.random.default_rng(0)
    state, *logs = epoch(state, data, rows(workload, random))
    jax.block_until_ready(logs)
    began = time.perf_counter()
    for _ in range(workload.epochs):
        state, *logs = epoch(state, data, rows(workload, random))
        [float(value) for value in logs]
    return workload.steps(workload.epochs) / (time.perf_counter() - began)


def rows(workload: Workload, random: np.random.Generator) -> Any:
    order = random.permutation(workload.examples).astype("int32")
    return jnp.asarray(order.reshape(-1, workload.batch_size))


def init(workload: Workload, key: Any) -> Any:
    make = jax.nn.initializers.glorot_uniform()
    sizes = list(zip(workload.widths, workload.widths[1:], strict=False))
    keys = jax.random.split(key, len(sizes))
    return [(make(k, size), jnp.zeros(size[1])) for k, size in zip(keys, sizes, strict=True)]


def forward(params: Any, x: Any) -> Any:
    for kernel, bias in params[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = params[-1]
    return x @ kernel + bias

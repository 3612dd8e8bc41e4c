"""Muon."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import Fraction, NonNegativeFloat, PositiveFloat, PositiveInt
from kc.library.optimizer import Optimizer, around, decay_first, named, per_weight, towards

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Muon(Optimizer, kind="muon"):
    """``w -= lr * rms_rate * sqrt(max(rows, columns)) * orthogonal(m)`` for matrices, else Adam.

    ``orthogonal`` brings the singular values of the momentum close to 1, by a few iterations of an
    odd polynomial (Jordan et al. 2024; the scale is that of Liu et al. 2025). Weights that are no
    matrices, embeddings and ``exclude_layers`` take the step of Adam, in Keras's form.

    Source: ``keras/src/optimizers/muon.py``.

    Example:
        optimizer: {muon: {learning_rate: 0.01}}
    """

    adam_beta_1: Fraction = 0.9
    """Weight of the old value in Adam's moving mean of gradients."""
    adam_beta_2: Fraction = 0.999
    """Weight of the old value in Adam's moving mean of squared gradients."""
    adam_weight_decay: NonNegativeFloat | None = 0.004
    """Weight decay of the weights that Adam moves."""
    epsilon: PositiveFloat = 1e-7
    """Added to Adam's root."""
    weight_decay: NonNegativeFloat | None = 0.004
    """Part of each other weight that is subtracted per step, times the learning rate."""
    exclude_layers: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Texts; weights whose paths, as `head/kernel`, hold one of them are left to Adam."""
    exclude_embeddings: bool = True
    """Whether weights with `embedding` in their paths are left to Adam."""
    muon_a: float = 3.4445
    """Factor of x in the polynomial."""
    muon_b: float = -4.775
    """Factor of x^3 in the polynomial."""
    muon_c: float = 2.0315
    """Factor of x^5 in the polynomial."""
    adam_lr_ratio: NonNegativeFloat = 1.0
    """Factor of the learning rate for Adam."""
    momentum: Fraction = 0.95
    """Part of the old momentum that is kept."""
    ns_steps: PositiveInt = 5
    """Iterations of the polynomial."""
    nesterov: bool = True
    """Whether to take the gradient as if the momentum had been applied already."""
    rms_rate: PositiveFloat | None = 0.2
    """Root mean square of a step, times the rate; null takes it as it is."""

    @property
    def decays(self) -> bool:
        return bool(self.weight_decay or self.adam_weight_decay)

    @property
    def common(self) -> dict[str, object]:
        own = {"weight_decay", "exclude_from_weight_decay"}
        return {name: value for name, value in super().common.items() if name not in own}

    def lower(self) -> Call:
        return Call(
            muon,
            learning_rate=self.rate,
            adam_beta_1=self.adam_beta_1,
            adam_beta_2=self.adam_beta_2,
            adam_weight_decay=self.adam_weight_decay or 0.0,
            epsilon=self.epsilon,
            weight_decay=self.weight_decay or 0.0,
            exclude_from_weight_decay=self.exclude_from_weight_decay,
            exclude=self.exclude_layers,
            exclude_embeddings=self.exclude_embeddings,
            polynomial=(self.muon_a, self.muon_b, self.muon_c),
            adam_lr_ratio=self.adam_lr_ratio,
            momentum=self.momentum,
            ns_steps=self.ns_steps,
            nesterov=self.nesterov,
            rms_rate=self.rms_rate,
            **self.common,
        )


def muon(
    *,
    learning_rate: float,
    adam_beta_1: float = 0.9,
    adam_beta_2: float = 0.999,
    adam_weight_decay: float = 0.004,
    epsilon: float = 1e-7,
    weight_decay: float = 0.004,
    exclude_from_weight_decay: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    exclude_embeddings: bool = True,
    polynomial: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
    adam_lr_ratio: float = 1.0,
    momentum: float = 0.95,
    ns_steps: int = 5,
    nesterov: bool = True,
    rms_rate: float | None = 0.2,
    **common: Any,
) -> GradientTransformation:
    def is_adam(path: Any, weight: Array) -> bool:
        full = "/".join(str(part.key) for part in path)
        if weight.ndim != 2 or (exclude_embeddings and "embedding" in full.lower()):
            return True
        return any(word in full for word in exclude)

    def decay(path: Any, weight: Array) -> Any:
        part = adam_weight_decay if is_adam(path, weight) else weight_decay
        return 0.0 if named(path, exclude_from_weight_decay) else learning_rate * part

    def start(path: Any, weight: Array) -> dict[str, Array]:
        zeros = jnp.zeros_like(weight)
        return {"mean": zeros, "square": zeros} if is_adam(path, weight) else {"momentum": zeros}

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        if not is_adam(path, weight):
            carried = momentum * slots["momentum"] + g
            ahead = g + momentum * carried if nesterov else carried
            step = orthogonalized(ahead, polynomial, ns_steps)
            if rms_rate is not None:
                step = step * math.sqrt(max(weight.shape)) * rms_rate
            return -learning_rate * step, {"momentum": carried}
        mean = towards(slots["mean"], g, adam_beta_1)
        square = towards(slots["square"], g**2, adam_beta_2)
        rate = learning_rate * adam_lr_ratio
        rate = rate * jnp.sqrt(1.0 - adam_beta_2**t) / (1.0 - adam_beta_1**t)
        return -rate * mean / (jnp.sqrt(square) + epsilon), {"mean": mean, "square": square}

    step = decay_first(per_weight(start, move), decay)
    return around(step, learning_rate=learning_rate, **common)


def orthogonalized(x: Array, polynomial: tuple[float, float, float], steps: int) -> Array:
    """A matrix with the same singular vectors, and singular values near 1."""
    a, b, c = polynomial
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (jnp.sqrt(jnp.sum(x**2)) + 1e-7)
    for _ in range(steps):
        product = x @ x.T
        x = a * x + (b * product + c * product @ product) @ x
    return x.T if tall else x

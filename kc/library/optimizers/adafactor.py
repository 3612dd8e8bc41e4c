"""Adafactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import PositiveFloat
from kc.library.optimizer import Optimizer, around, per_weight, towards

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Adafactor(Optimizer, kind="adafactor"):
    """``w -= max(epsilon_2, rms(w)) * min(lr, 1 / sqrt(t)) * u / max(1, rms(u) / clip_threshold)``.

    ``u = g / sqrt(v)``, where the mean square ``v`` of a weight with two axes or more is the outer
    product of its means over the last and the one before, so that the optimizer remembers little
    (Shazeer and Stern 2018). The weight of the old value is ``1 - t^beta_2_decay``.

    Source: ``keras/src/optimizers/adafactor.py``.

    Example:
        optimizer: {adafactor: {learning_rate: 0.01}}
    """

    beta_2_decay: Annotated[float, Field(lt=0)] = -0.8
    """Exponent with which the means get longer."""
    epsilon_1: PositiveFloat = 1e-30
    """Added to squared gradients."""
    epsilon_2: PositiveFloat = 1e-3
    """Least size of a weight that its step is scaled by."""
    clip_threshold: PositiveFloat = 1.0
    """Root mean square above which a step is scaled down."""
    relative_step: bool = True
    """Without effect, as in Keras: the rate is at most ``1 / sqrt(t)`` in any case."""

    def lower(self) -> Call:
        return Call(
            adafactor,
            learning_rate=self.rate,
            beta_2_decay=self.beta_2_decay,
            epsilon_1=self.epsilon_1,
            epsilon_2=self.epsilon_2,
            clip_threshold=self.clip_threshold,
            **self.common,
        )


def adafactor(
    *,
    learning_rate: float,
    beta_2_decay: float = -0.8,
    epsilon_1: float = 1e-30,
    epsilon_2: float = 1e-3,
    clip_threshold: float = 1.0,
    **common: Any,
) -> GradientTransformation:
    def start(path: Any, weight: Array) -> dict[str, Array]:
        if weight.ndim < 2:
            return {"square": jnp.zeros_like(weight)}
        return {
            "rows": jnp.zeros_like(weight[..., 0]),
            "columns": jnp.zeros_like(weight[..., 0, :]),
        }

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        square, kept = g**2 + epsilon_1, 1.0 - t**beta_2_decay
        if weight.ndim < 2:
            slots = {"square": towards(slots["square"], square, kept)}
            mean = slots["square"]
        else:
            rows = towards(slots["rows"], jnp.mean(square, axis=-1), kept)
            columns = towards(slots["columns"], jnp.mean(square, axis=-2), kept)
            slots = {"rows": rows, "columns": columns}
            rows = rows / jnp.mean(rows, axis=-1, keepdims=True)
            mean = rows[..., None] * columns[..., None, :]
        step = g / jnp.sqrt(mean)
        step = step / jnp.maximum(1.0, root_mean_square(step) / clip_threshold)
        rate = jnp.minimum(learning_rate, 1.0 / jnp.sqrt(t))
        return -rate * jnp.maximum(epsilon_2, root_mean_square(weight)) * step, slots

    return around(per_weight(start, move), learning_rate=learning_rate, **common)


def root_mean_square(x: Array) -> Array:
    return jnp.sqrt(jnp.mean(x**2))

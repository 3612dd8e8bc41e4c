"""Adam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kc.core.lazy import jax, jnp, optax
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Adam(Optimizer, kind="adam"):
    """``w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)``.

    The form without bias-corrected moments, just before section 2.1 of Kingma and Ba 2015: epsilon
    weighs more in the first steps than in ``optax.adam``, and is 1e-7. With amsgrad the largest
    ``v`` so far is used (Reddi et al. 2018).

    Source: ``keras/src/optimizers/adam.py``.

    Example:
        optimizer: {adam: {learning_rate: 1e-3}}
    """

    by_element = True

    beta_1: Fraction = 0.9
    """Weight of the old value in the moving mean of gradients."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the root."""
    amsgrad: bool = False
    """Whether to divide by the largest mean square so far."""

    def lower(self) -> Call:
        return Call(
            adam,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            amsgrad=self.amsgrad,
            **self.common,
        )


def adam(
    *,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    amsgrad: bool,
    **common: Any,
) -> GradientTransformation:
    step = optax.chain(
        scale_by_adam(beta_1, beta_2, epsilon, amsgrad),
        optax.scale_by_learning_rate(learning_rate),
    )
    return around(
        step,
        learning_rate=learning_rate,
        **common,
    )


class AdamState(NamedTuple):
    """Number of steps, moving means of gradients and of their squares, largest mean squares."""

    step: Array
    mean: Any
    square: Any
    largest: Any


def scale_by_adam(
    beta_1: float, beta_2: float, epsilon: float, amsgrad: bool
) -> GradientTransformation:
    """Keras's form of Adam: epsilon is added before the bias of the root is corrected."""

    def init(params: Any) -> AdamState:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return AdamState(jnp.zeros((), jnp.int32), zeros, zeros, zeros if amsgrad else ())

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, AdamState]:
        step = state.step + 1
        t = step.astype(jnp.float32)
        mean = jax.tree.map(lambda m, g: m + (g - m) * (1.0 - beta_1), state.mean, updates)
        square = jax.tree.map(lambda v, g: v + (g * g - v) * (1.0 - beta_2), state.square, updates)
        largest = jax.tree.map(jnp.maximum, state.largest, square) if amsgrad else ()
        scale = jnp.sqrt(1.0 - beta_2**t) / (1.0 - beta_1**t)
        updates = jax.tree.map(
            lambda m, v: scale * m / (jnp.sqrt(v) + epsilon), mean, largest if amsgrad else square
        )
        return updates, AdamState(step, mean, square, largest)

    return optax.GradientTransformation(init, update)

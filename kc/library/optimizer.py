"""What an optimizer is: an optax transformation with Keras's arithmetic and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import model_validator

from kc.core.lazy import jax, jnp, optax
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.fields import NonNegativeFloat, PositiveFloat, PositiveInt

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


COMMON = (
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "gradient_accumulation_steps",
)
"""Arguments that every optimizer has beside its own."""


class Optimizer(Entry, family="optimizer"):
    """Turns gradients into updates of the weights.

    The function that it lowers to takes ``learning_rate`` as its one argument that may be a traced
    value: the runtime injects it into the optimizer's state, so that callbacks and sweeps change it
    without compiling again.
    """

    learning_rate: NonNegativeFloat = 0.001
    """Size of a step."""
    weight_decay: NonNegativeFloat | None = None
    """Part of each weight that is subtracted per step, times the learning rate; none by default."""
    clipnorm: PositiveFloat | None = None
    """Bound on the norm of the gradient of each weight."""
    global_clipnorm: PositiveFloat | None = None
    """Bound on the norm of all gradients together."""
    clipvalue: PositiveFloat | None = None
    """Bound on the absolute value of each element of a gradient."""
    gradient_accumulation_steps: PositiveInt | None = None
    """Batches whose mean gradient makes one step; each batch is one by default."""

    def __init__(self, *arguments: object, **fields: object) -> None:
        """Arguments by position fill the optimizer's own fields, as in ``SGD(0.1, 0.9)``."""
        own = [name for name in type(self).model_fields if name not in COMMON]
        if len(arguments) > len(own):
            raise TypeError(f"{self.kind} takes at most {len(own)} arguments by position")
        super().__init__(**dict(zip(own, arguments, strict=False)), **fields)

    @model_validator(mode="after")
    def _check(self) -> Optimizer:
        bounds = ("clipnorm", "global_clipnorm", "clipvalue")
        given = [f"`{name}`" for name in bounds if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        return self

    @property
    def common(self) -> dict[str, object]:
        """The settings that ``around`` takes, as far as they are given."""
        given = {name: getattr(self, name) for name in COMMON}
        return {name: value for name, value in given.items() if value is not None}

    def lower(self) -> Call:
        """A function that makes an ``optax.GradientTransformation``."""
        raise NotImplementedError


OptimizerField = Annotated[Optimizer, EntryOf("optimizer")]


def around(
    step: GradientTransformation,
    *,
    learning_rate: float,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    global_clipnorm: float | None = None,
    clipvalue: float | None = None,
    gradient_accumulation_steps: int | None = None,
) -> GradientTransformation:
    """What all optimizers share: gradients clipped before the step, weights decayed beside it.

    Accumulated batches count as one step of the optimizer. In Keras they count as several in the
    bias correction of Adam, which makes its first steps too small.

    Source: ``keras/src/optimizers/base_optimizer.py``.
    """
    parts = [step]
    if clipnorm is not None:
        parts.insert(0, clip_each_norm(clipnorm))
    if global_clipnorm is not None:
        parts.insert(0, optax.clip_by_global_norm(global_clipnorm))
    if clipvalue is not None:
        parts.insert(0, optax.clip(clipvalue))
    if weight_decay:
        # After the step, so that momentum does not carry the decay on.
        parts.append(optax.add_decayed_weights(-learning_rate * weight_decay))
    whole = optax.chain(*parts) if len(parts) > 1 else step
    if gradient_accumulation_steps is None or gradient_accumulation_steps == 1:
        return whole
    return optax.MultiSteps(whole, gradient_accumulation_steps).gradient_transformation()


def clip_each_norm(bound: float) -> GradientTransformation:
    """Scales the gradient of a weight down where its norm is above a bound."""

    def clip(gradient: Array) -> Array:
        norm = jnp.sqrt(jnp.sum(gradient**2))
        return gradient * bound / jnp.maximum(norm, bound)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        return jax.tree.map(clip, updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)

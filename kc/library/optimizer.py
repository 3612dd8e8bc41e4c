"""What an optimizer is: an optax transformation with Keras's arithmetic and defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, model_validator

from kc.core.lazy import jax, jnp, optax
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.fields import NonNegativeFloat, PositiveFloat, PositiveInt
from kc.library.schedule import LearningRate, Schedule

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


COMMON = (
    "weight_decay",
    "exclude_from_weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "gradient_accumulation_steps",
)
"""Arguments of every optimizer that its transformation does."""


class Optimizer(Entry, family="optimizer"):
    """Turns gradients into updates of the weights.

    The function that it lowers to takes ``learning_rate`` as its one argument that may be a traced
    value: the runtime injects it into the optimizer's state, so that callbacks and sweeps change it
    without compiling again. The training step itself does what ``loss_scale_factor`` says.
    """

    beside = (*COMMON, "loss_scale_factor")
    by_element: ClassVar[bool] = False
    """Whether its step moves each number of a weight by the gradients of that number alone."""

    learning_rate: LearningRate = 0.001
    """Size of a step: a number, or a schedule."""
    weight_decay: NonNegativeFloat | None = None
    """Part of each weight that is subtracted per step, times the learning rate; none by default."""
    exclude_from_weight_decay: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Weights that do not decay: those whose names hold one of these texts, as `bias`. A text with
    a slash is looked for behind the layer's name, as in `head/kernel`."""
    clipnorm: PositiveFloat | None = None
    """Bound on the norm of the gradient of each weight; in Keras 2 it was that of all together."""
    global_clipnorm: PositiveFloat | None = None
    """Bound on the norm of all gradients together."""
    clipvalue: PositiveFloat | None = None
    """Bound on the absolute value of each element of a gradient."""
    use_ema: bool = False
    """Whether to average the weights over the steps; training ends with the averages."""
    ema_momentum: Annotated[float, Field(ge=0, le=1)] = 0.99
    """Weight of the old value in the averages."""
    ema_overwrite_frequency: PositiveInt | None = None
    """Steps after which the weights become their averages, again and again; never by default."""
    gradient_accumulation_steps: PositiveInt | None = None
    """Batches whose mean gradient makes one step; each batch is one by default."""
    loss_scale_factor: PositiveFloat | Literal["dynamic"] | None = None
    """What the loss is multiplied by and the gradients are divided by, so that small gradients
    survive in float16. `dynamic` begins at 32,768, doubles it after 2,000 steps, and halves it and
    leaves out the step when a gradient overflows, as Keras's `LossScaleOptimizer`."""

    @model_validator(mode="after")
    def _check(self) -> Optimizer:
        bounds = ("clipnorm", "global_clipnorm", "clipvalue")
        given = [f"`{name}`" for name in bounds if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        if idle := {*self.idle} & self.model_fields_set:
            raise ValueError(f"`{min(idle)}` needs `use_ema: true`")
        if self.exclude_from_weight_decay and not self.decays:
            raise ValueError("`exclude_from_weight_decay` needs a `weight_decay`")
        return self

    @property
    def idle(self) -> Sequence[str]:
        return () if self.use_ema else ("ema_momentum", "ema_overwrite_frequency")

    @property
    def decays(self) -> bool:
        """Whether any weight decays."""
        return bool(self.weight_decay)

    @property
    def stacks(self) -> bool:
        """Whether weights of one shape may be moved as one array, one behind the other."""
        by_layer = any("/" in word for word in self.exclude_from_weight_decay)
        return self.by_element and self.clipnorm is None and not by_layer

    @property
    def rate(self) -> float | Call:
        """The learning rate as ``lower`` hands it on."""
        rate = self.learning_rate
        return rate.lower() if isinstance(rate, Schedule) else rate

    @property
    def common(self) -> dict[str, object]:
        """The settings that ``around`` takes, as far as they say something."""
        found = {name: getattr(self, name) for name in COMMON}
        found["weight_decay"] = self.weight_decay or None
        silent = {name: Optimizer.model_fields[name].default for name in COMMON}
        return {name: value for name, value in found.items() if value != silent[name]}

    def lower(self) -> Call:
        """A function that makes an ``optax.GradientTransformation``."""
        raise NotImplementedError


OptimizerField = Annotated[Optimizer, EntryOf("optimizer")]


def around(
    step: GradientTransformation,
    *,
    learning_rate: float,
    weight_decay: float | None = None,
    exclude_from_weight_decay: tuple[str, ...] = (),
    clipnorm: float | None = None,
    global_clipnorm: float | None = None,
    clipvalue: float | None = None,
    use_ema: bool = False,
    ema_momentum: float = 0.99,
    ema_overwrite_frequency: int | None = None,
    gradient_accumulation_steps: int | None = None,
) -> GradientTransformation:
    """What all optimizers share, in the order of Keras.

    Gradients are gathered, then clipped, weights decayed, the step is made, weights are averaged.

    Source: ``keras/src/optimizers/base_optimizer.py``.
    """
    whole, batches = step, gradient_accumulation_steps or 1
    if weight_decay is not None:
        rate = learning_rate * weight_decay
        whole = decay_first(
            whole, lambda path, weight: 0.0 if named(path, exclude_from_weight_decay) else rate
        )
    if clipnorm is not None:
        whole = optax.chain(clip_each_norm(clipnorm), whole)
    if global_clipnorm is not None:
        whole = optax.chain(optax.clip_by_global_norm(global_clipnorm), whole)
    if clipvalue is not None:
        whole = optax.chain(optax.clip(clipvalue), whole)
    if batches > 1:
        whole = optax.MultiSteps(whole, batches).gradient_transformation()
    if use_ema:
        whole = average_weights(whole, ema_momentum, ema_overwrite_frequency, batches)
    return whole


def clip_each_norm(bound: float) -> GradientTransformation:
    """Scales the gradient of a weight down where its norm is above a bound."""

    def clip(gradient: Array) -> Array:
        norm = jnp.sqrt(jnp.sum(gradient**2))
        return gradient * bound / jnp.maximum(norm, bound)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        return jax.tree.map(clip, updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def named(path: Sequence[Any], words: Sequence[str]) -> bool:
    """Whether the name of a weight, or its path where a word has a slash, holds one of words."""
    names = [str(part.key) for part in path]
    return any(word in ("/".join(names) if "/" in word else names[-1]) for word in words)


def decay_first(
    step: GradientTransformation, rate: Callable[[Any, Array], Any]
) -> GradientTransformation:
    """Weights lose a part of themselves, then make the step from where they are.

    Args:
        step: the step.
        rate: part that a weight loses, from its path and itself.
    """

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        lost = jax.tree.map_with_path(lambda path, w: -rate(path, w) * w, params)
        updates, state = step.update(updates, state, jax.tree.map(jnp.add, params, lost))
        return jax.tree.map(jnp.add, updates, lost), state

    return optax.GradientTransformation(step.init, update)


class AverageState(NamedTuple):
    """Number of batches, averages of the weights, state of the optimizer that is averaged."""

    batch: Array
    average: Any
    step: Any


def average_weights(
    step: GradientTransformation, momentum: float, overwrite: int | None, batches: int
) -> GradientTransformation:
    """Moving averages of the weights, which begin with the first weights that are updated."""

    def init(params: Any) -> AverageState:
        return AverageState(
            jnp.zeros((), jnp.int32), jax.tree.map(jnp.copy, params), step.init(params)
        )

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, AverageState]:
        updates, inner = step.update(updates, state.step, params)
        steps = state.batch // batches
        kept = jnp.where(steps == 0, 0.0, momentum)
        average = jax.tree.map(
            lambda a, w, u: kept * a + (1.0 - kept) * (w + u), state.average, params, updates
        )
        if overwrite is not None:
            due = (steps + 1) % overwrite == 0
            updates = jax.tree.map(
                lambda u, a, w: jnp.where(due, a - w, u), updates, average, params
            )
        return updates, AverageState(state.batch + 1, average, inner)

    return optax.GradientTransformation(init, update)


class SlotState(NamedTuple):
    """Number of steps, and what is remembered of each weight, by name."""

    step: Array
    slots: Any


def per_weight(
    start: Callable[[Any, Array], dict[str, Array]], move: Callable[..., tuple[Array, Any]]
) -> GradientTransformation:
    """An optimizer that looks at one weight at a time.

    Args:
        start: from path and weight, what is remembered, by name.
        move: from path, gradient, weight, what is remembered and the number of the step, from 1:
            the update, and what is remembered then.
    """

    def init(params: Any) -> SlotState:
        return SlotState(jnp.zeros((), jnp.int32), jax.tree.map_with_path(start, params))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, SlotState]:
        step = state.step + 1
        t = step.astype(jnp.float32)
        pairs = jax.tree.map_with_path(
            lambda path, g, w, slots: move(path, g, w, slots, t), updates, params, state.slots
        )
        updates = jax.tree.map(lambda pair: pair[0], pairs, is_leaf=is_pair)
        slots = jax.tree.map(lambda pair: pair[1], pairs, is_leaf=is_pair)
        return updates, SlotState(step, slots)

    return optax.GradientTransformation(init, update)


def is_pair(tree: Any) -> bool:
    return isinstance(tree, tuple)


def towards(old: Array, value: Array, momentum: float | Array) -> Array:
    """The moving mean ``momentum * old + (1 - momentum) * value``."""
    return old + (value - old) * (1.0 - momentum)

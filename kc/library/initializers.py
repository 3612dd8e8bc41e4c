"""First values of weights.

Source: ``keras/src/initializers``. Fans are Keras's: of a kernel ``(*window, in, out)`` the window
counts into both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import model_validator

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.fields import Axes, NonNegativeFloat, PositiveFloat, Seed

if TYPE_CHECKING:
    from jax import Array

Shape = tuple[int, ...]


class Initializer(Entry, family="initializer"):
    """Makes the first value of a weight."""

    def lower(self) -> Call:
        """A function of ``(key, shape)``."""
        raise NotImplementedError


InitializerField = Annotated[Initializer, EntryOf("initializer")]


class Zeros(Initializer, kind="zeros"):
    """All zero."""

    def lower(self) -> Call:
        return Call(zeros)


class Ones(Initializer, kind="ones"):
    """All one."""

    def lower(self) -> Call:
        return Call(ones)


class Constant(Initializer, kind="constant"):
    """One value everywhere."""

    value: float = 0.0
    """The value."""

    def lower(self) -> Call:
        return Call(constant, value=self.value)


class RandomUniform(Initializer, kind="random_uniform"):
    """Uniform between two bounds."""

    minval: float = -0.05
    """Lower bound."""
    maxval: float = 0.05
    """Upper bound."""
    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""

    def lower(self) -> Call:
        return Call(random_uniform, minval=self.minval, maxval=self.maxval, **given(seed=self.seed))


class RandomNormal(Initializer, kind="random_normal"):
    """Normal."""

    mean: float = 0.0
    """Mean of the distribution."""
    stddev: NonNegativeFloat = 0.05
    """Standard deviation."""
    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""

    def lower(self) -> Call:
        return Call(random_normal, mean=self.mean, stddev=self.stddev, **given(seed=self.seed))


class TruncatedNormal(Initializer, kind="truncated_normal"):
    """Normal, redrawn beyond two deviations; the deviation is not corrected for the cut."""

    mean: float = 0.0
    """Mean of the distribution."""
    stddev: NonNegativeFloat = 0.05
    """Standard deviation before the cut."""
    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""

    def lower(self) -> Call:
        return Call(truncated_normal, mean=self.mean, stddev=self.stddev, **given(seed=self.seed))


class VarianceScaling(Initializer, kind="variance_scaling"):
    """Random with a variance of ``scale`` over the fan."""

    scale: PositiveFloat = 1.0
    """Numerator of the variance."""
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    """Denominator of the variance: inputs of a unit, outputs, or the mean of both."""
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"
    """Form of the distribution."""
    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""
    input_axes: Axes | None = None
    """Axes of the weight whose sizes multiply to ``fan_in``; by default all but the last."""
    output_axes: Axes | None = None
    """Axes whose sizes multiply to ``fan_out``; by default all but the one before the last."""

    @model_validator(mode="after")
    def _check(self) -> VarianceScaling:
        check_axes(self.input_axes, self.output_axes)
        return self

    def lower(self) -> Call:
        return Call(
            variance_scaling,
            scale=self.scale,
            mode=self.mode,
            distribution=self.distribution,
            **given(seed=self.seed, input_axes=self.input_axes, output_axes=self.output_axes),
        )


class Scaled(Initializer):
    """Variance scaling with the numbers of a paper."""

    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""
    input_axes: Axes | None = None
    """Axes of the weight whose sizes multiply to ``fan_in``; by default all but the last."""
    output_axes: Axes | None = None
    """Axes whose sizes multiply to ``fan_out``; by default all but the one before the last."""

    @model_validator(mode="after")
    def _check(self) -> Scaled:
        check_axes(self.input_axes, self.output_axes)
        return self

    @property
    def settings(self) -> dict[str, object]:
        return given(seed=self.seed, input_axes=self.input_axes, output_axes=self.output_axes)


class GlorotUniform(Scaled, kind="glorot_uniform"):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010)."""

    def lower(self) -> Call:
        return Call(glorot_uniform, **self.settings)


class GlorotNormal(Scaled, kind="glorot_normal"):
    """Truncated normal of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010)."""

    def lower(self) -> Call:
        return Call(glorot_normal, **self.settings)


class HeUniform(Scaled, kind="he_uniform"):
    """Uniform within ``sqrt(6 / fan_in)`` (He et al. 2015)."""

    def lower(self) -> Call:
        return Call(he_uniform, **self.settings)


class HeNormal(Scaled, kind="he_normal"):
    """Truncated normal of variance ``2 / fan_in`` (He et al. 2015)."""

    def lower(self) -> Call:
        return Call(he_normal, **self.settings)


class LecunUniform(Scaled, kind="lecun_uniform"):
    """Uniform within ``sqrt(3 / fan_in)`` (LeCun et al. 1998)."""

    def lower(self) -> Call:
        return Call(lecun_uniform, **self.settings)


class LecunNormal(Scaled, kind="lecun_normal"):
    """Truncated normal of variance ``1 / fan_in`` (LeCun et al. 1998)."""

    def lower(self) -> Call:
        return Call(lecun_normal, **self.settings)


def given(**settings: object) -> dict[str, object]:
    """The settings that are not None: most are, and generated code reads better without them."""
    return {name: value for name, value in settings.items() if value is not None}


def check_axes(input_axes: Axes | None, output_axes: Axes | None) -> None:
    """Raise ValueError where only one of the two is given."""
    if (input_axes is None) != (output_axes is None):
        raise ValueError("`input_axes` and `output_axes` go together")


GLOROT_UNIFORM = GlorotUniform.default()
ZEROS = Zeros.default()
ONES = Ones.default()


def zeros(key: Array, shape: Shape) -> Array:
    return jnp.zeros(shape)


def ones(key: Array, shape: Shape) -> Array:
    return jnp.ones(shape)


def constant(key: Array, shape: Shape, *, value: float) -> Array:
    return jnp.full(shape, value, jnp.float32)


def seeded(key: Array, seed: int | None) -> Array:
    """The key of a seed, which takes the place of the run's."""
    return key if seed is None else jax.random.key(seed)


def random_uniform(
    key: Array, shape: Shape, *, minval: float, maxval: float, seed: int | None = None
) -> Array:
    return jax.random.uniform(seeded(key, seed), shape, jnp.float32, minval, maxval)


def random_normal(
    key: Array, shape: Shape, *, mean: float, stddev: float, seed: int | None = None
) -> Array:
    return mean + stddev * jax.random.normal(seeded(key, seed), shape)


def truncated_normal(
    key: Array, shape: Shape, *, mean: float, stddev: float, seed: int | None = None
) -> Array:
    return mean + stddev * jax.random.truncated_normal(seeded(key, seed), -2.0, 2.0, shape)


def variance_scaling(
    key: Array,
    shape: Shape,
    *,
    scale: float,
    mode: str,
    distribution: str,
    seed: int | None = None,
    input_axes: Axes | None = None,
    output_axes: Axes | None = None,
) -> Array:
    key = seeded(key, seed)
    fan_in, fan_out = fans(shape, input_axes, output_axes)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, fan)
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return jax.random.uniform(key, shape, jnp.float32, -limit, limit)
    if distribution == "untruncated_normal":
        return math.sqrt(variance) * jax.random.normal(key, shape)
    # Cutting a normal at two deviations leaves 0.8796 of its deviation.
    stddev = math.sqrt(variance) / 0.87962566103423978
    return stddev * jax.random.truncated_normal(key, -2.0, 2.0, shape)


def fans(shape: Shape, input_axes: Axes | None, output_axes: Axes | None) -> tuple[int, int]:
    """Inputs and outputs of a unit. A vector counts its size for both, a scalar 1."""
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[i] for i in input_axes), math.prod(shape[i] for i in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def glorot_uniform(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=1.0, mode="fan_avg", distribution="uniform", **settings
    )


def glorot_normal(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=1.0, mode="fan_avg", distribution="truncated_normal", **settings
    )


def he_uniform(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=2.0, mode="fan_in", distribution="uniform", **settings
    )


def he_normal(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=2.0, mode="fan_in", distribution="truncated_normal", **settings
    )


def lecun_uniform(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=1.0, mode="fan_in", distribution="uniform", **settings
    )


def lecun_normal(key: Array, shape: Shape, **settings: Any) -> Array:
    return variance_scaling(
        key, shape, scale=1.0, mode="fan_in", distribution="truncated_normal", **settings
    )

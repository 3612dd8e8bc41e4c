"""First values of weights.

Source: ``keras/src/initializers``. Fans are Keras's: of a kernel ``(*window, in, out)`` the window
counts into both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.fields import NonNegativeFloat, PositiveFloat

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

    def lower(self) -> Call:
        return Call(random_uniform, minval=self.minval, maxval=self.maxval)


class RandomNormal(Initializer, kind="random_normal"):
    """Normal."""

    mean: float = 0.0
    """Mean of the distribution."""
    stddev: NonNegativeFloat = 0.05
    """Standard deviation."""

    def lower(self) -> Call:
        return Call(random_normal, mean=self.mean, stddev=self.stddev)


class TruncatedNormal(Initializer, kind="truncated_normal"):
    """Normal, redrawn beyond two standard deviations; the deviation is not corrected for the cut."""

    mean: float = 0.0
    """Mean of the distribution."""
    stddev: NonNegativeFloat = 0.05
    """Standard deviation before the cut."""

    def lower(self) -> Call:
        return Call(truncated_normal, mean=self.mean, stddev=self.stddev)


class VarianceScaling(Initializer, kind="variance_scaling"):
    """Random with a variance of ``scale`` over the fan."""

    scale: PositiveFloat = 1.0
    """Numerator of the variance."""
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    """Denominator of the variance: inputs of a unit, outputs, or the mean of both."""
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"
    """Form of the distribution."""

    def lower(self) -> Call:
        return Call(
            variance_scaling, scale=self.scale, mode=self.mode, distribution=self.distribution
        )


class GlorotUniform(Initializer, kind="glorot_uniform"):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio 2010)."""

    def lower(self) -> Call:
        return Call(glorot_uniform)


class GlorotNormal(Initializer, kind="glorot_normal"):
    """Truncated normal of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010)."""

    def lower(self) -> Call:
        return Call(glorot_normal)


class HeUniform(Initializer, kind="he_uniform"):
    """Uniform within ``sqrt(6 / fan_in)`` (He et al. 2015)."""

    def lower(self) -> Call:
        return Call(he_uniform)


class HeNormal(Initializer, kind="he_normal"):
    """Truncated normal of variance ``2 / fan_in`` (He et al. 2015)."""

    def lower(self) -> Call:
        return Call(he_normal)


class LecunUniform(Initializer, kind="lecun_uniform"):
    """Uniform within ``sqrt(3 / fan_in)`` (LeCun et al. 1998)."""

    def lower(self) -> Call:
        return Call(lecun_uniform)


class LecunNormal(Initializer, kind="lecun_normal"):
    """Truncated normal of variance ``1 / fan_in`` (LeCun et al. 1998)."""

    def lower(self) -> Call:
        return Call(lecun_normal)


GLOROT_UNIFORM = GlorotUniform()
ZEROS = Zeros()
ONES = Ones()


def zeros(key: Array, shape: Shape) -> Array:
    return jnp.zeros(shape)


def ones(key: Array, shape: Shape) -> Array:
    return jnp.ones(shape)


def constant(key: Array, shape: Shape, *, value: float) -> Array:
    return jnp.full(shape, value, jnp.float32)


def random_uniform(key: Array, shape: Shape, *, minval: float, maxval: float) -> Array:
    return jax.random.uniform(key, shape, jnp.float32, minval, maxval)


def random_normal(key: Array, shape: Shape, *, mean: float, stddev: float) -> Array:
    return mean + stddev * jax.random.normal(key, shape)


def truncated_normal(key: Array, shape: Shape, *, mean: float, stddev: float) -> Array:
    return mean + stddev * jax.random.truncated_normal(key, -2.0, 2.0, shape)


def variance_scaling(
    key: Array, shape: Shape, *, scale: float, mode: str, distribution: str
) -> Array:
    window = math.prod(shape[:-2])
    fan_in = window * shape[-2] if len(shape) > 1 else math.prod(shape)
    fan_out = window * shape[-1] if len(shape) > 1 else math.prod(shape)
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


def glorot_uniform(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=1.0, mode="fan_avg", distribution="uniform")


def glorot_normal(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=1.0, mode="fan_avg", distribution="truncated_normal")


def he_uniform(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=2.0, mode="fan_in", distribution="uniform")


def he_normal(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=2.0, mode="fan_in", distribution="truncated_normal")


def lecun_uniform(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=1.0, mode="fan_in", distribution="uniform")


def lecun_normal(key: Array, shape: Shape) -> Array:
    return variance_scaling(key, shape, scale=1.0, mode="fan_in", distribution="truncated_normal")

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
from kc.core.types import ShapeError
from kc.library.fields import Axes, NonNegativeFloat, PositiveFloat, Seed
from kc.library.tapers import Taper, tapered

if TYPE_CHECKING:
    from jax import Array

Shape = tuple[int, ...]


class Initializer(Entry, family="initializer"):
    """Makes the first value of a weight."""

    def check(self, shape: Shape) -> None:
        """Raise ShapeError where it cannot make a weight of this shape."""

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


class Identity(Initializer, kind="identity"):
    """``gain`` on the diagonal of a matrix, 0 elsewhere."""

    gain: float = 1.0
    """Value on the diagonal."""

    def check(self, shape: Shape) -> None:
        if len(shape) != 2:
            raise ShapeError(f"needs 2 axes, not {len(shape)}")

    def lower(self) -> Call:
        return Call(identity, gain=self.gain)


class Orthogonal(Initializer, kind="orthogonal"):
    """Rows or columns, whichever are fewer, that stand at right angles and have length ``gain``.

    All axes but the last count as one (Saxe et al. 2014).
    """

    gain: float = 1.0
    """Length of the vectors."""
    seed: Seed | None = None
    """Makes the values depend on this number and not on the run's seed."""

    def check(self, shape: Shape) -> None:
        if len(shape) < 2:
            raise ShapeError(f"needs 2 axes or more, not {len(shape)}")

    def lower(self) -> Call:
        return Call(orthogonal, gain=self.gain, **given(seed=self.seed))


class STFT(Initializer, kind="stft", aka=("stft_initializer",)):
    """``taper[t] * cos(2 pi t k / n)``, or ``-sin``: the kernel of a short-time Fourier transform.

    A kernel (frame_length, 1, n // 2 + 1) of ``conv1d`` that holds the lower half of the
    frequencies of an even ``n``. Keras takes every window of SciPy; here are those that are sums of
    cosines, and any other one can be given by its values. Phases are exact: in Keras they lose
    digits towards the end of long frames.

    Source: ``keras/src/initializers/constant_initializers.py``.

    Example:
        - reshape: [64, 4]
        - dense: 1
        - conv1d: {filters: 9, kernel_size: 16, strides: 8, kernel_initializer: stft}
    """

    side: Literal["real", "imag"] = "real"
    """The part of the complex numbers."""
    window: Taper | tuple[float, ...] | None = "hann"
    """What the frame is multiplied with: a name, or a value for each of its samples."""
    scaling: Literal["density", "spectrum"] | None = "density"
    """What the window is divided by: its norm, or the sum of its absolute values."""
    periodic: bool = False
    """Whether the window ends a sample before it would repeat."""

    def check(self, shape: Shape) -> None:
        if len(shape) != 3 or shape[1] != 1 or shape[2] < 2:
            raise ShapeError("needs the shape [frame_length, 1, frequencies of 2 or more]")
        if isinstance(self.window, tuple) and len(self.window) != shape[0]:
            raise ShapeError(f"its `window` has {len(self.window)} values, not {shape[0]}")

    def lower(self) -> Call:
        settings = {"window": self.window, "scaling": self.scaling, "periodic": self.periodic}
        return Call(stft, side=self.side, **settings)


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
ORTHOGONAL = Orthogonal.default()


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
        limit = (3 * variance) ** 0.5
        return jax.random.uniform(key, shape, jnp.float32, -limit, limit)
    if distribution == "untruncated_normal":
        return variance**0.5 * jax.random.normal(key, shape)
    # Cutting a normal at two deviations leaves 0.8796 of its deviation.
    stddev = variance**0.5 / 0.87962566103423978
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


def orthogonal(key: Array, shape: Shape, *, gain: float = 1.0, seed: int | None = None) -> Array:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = (max(rows, columns), min(rows, columns))
    q, r = jnp.linalg.qr(jax.random.normal(seeded(key, seed), tall))
    # The signs make every orthogonal matrix equally likely.
    q = q * jnp.sign(jnp.diagonal(r))
    return gain * (q.T if rows < columns else q).reshape(shape)


def identity(key: Array, shape: Shape, *, gain: float = 1.0) -> Array:
    rows, columns = shape
    return gain * jnp.eye(rows, columns)


def stft(
    key: Array,
    shape: Shape,
    *,
    side: str = "real",
    window: str | tuple[float, ...] | None = "hann",
    scaling: str | None = "density",
    periodic: bool = False,
) -> Array:
    length, _, frequencies = shape
    period = 2 * (frequencies - 1)
    # Whole numbers keep the phase exact.
    turns = jnp.outer(jnp.arange(length), jnp.arange(frequencies)) % period
    phase = 2.0 * math.pi / period * turns
    kernel = jnp.cos(phase) if side == "real" else -jnp.sin(phase)
    if window is not None:
        taper = (
            jnp.asarray(window) if isinstance(window, tuple) else tapered(window, length, periodic)
        )
        scale = {
            None: 1.0,
            "density": jnp.sqrt(jnp.sum(taper**2)),
            "spectrum": jnp.sum(jnp.abs(taper)),
        }
        kernel = kernel * (taper / scale[scaling])[:, None]
    return kernel.reshape(shape)

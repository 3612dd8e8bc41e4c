"""Activations: functions of one array, named in ``activation:`` or as a layer of their own.

Source: ``keras/src/activations/activations.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis, NonNegativeFloat, PositiveFloat

if TYPE_CHECKING:
    from jax import Array


class Activation(Entry, family="activation"):
    """An elementwise function, or one along an axis."""

    def infer(self, x: TensorType, /) -> TensorType:
        """Type of the result; the input's by default.

        Raises:
            ShapeError: when the function cannot take such an input.
        """
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return x

    def lower(self) -> Call:
        """A function of the array."""
        raise NotImplementedError


ActivationField = Annotated[Activation, EntryOf("activation")] | None


def activate(activation: Activation | None) -> Sequence[Call]:
    """The calls of an optional activation, to stand after a layer's own."""
    return [] if activation is None or isinstance(activation, Linear) else [activation.lower()]


def activated(activation: Activation | None, x: TensorType) -> TensorType:
    """Type of the result of an optional activation.

    Raises:
        ShapeError: when the function cannot take such an input.
    """
    return x if activation is None else activation.infer(x)


class AxisActivation(Activation):
    """A function along one axis."""

    axis: Axis = -1
    """Axis of the classes."""

    def infer(self, x: TensorType, /) -> TensorType:
        example_axis(self.axis, x)
        return super().infer(x)


class Linear(Activation, kind="linear"):
    """``x``."""

    def infer(self, x: TensorType, /) -> TensorType:
        return x

    def lower(self) -> Call:
        return Call(linear)


class Relu(Activation, kind="relu"):
    """``x`` above ``threshold``, at most ``max_value``; a slope through ``threshold`` below."""

    negative_slope: NonNegativeFloat = 0.0
    """Slope below the threshold."""
    max_value: NonNegativeFloat | None = None
    """Upper bound of the output; none by default."""
    threshold: float = 0.0
    """Where the function leaves its lower branch."""

    def lower(self) -> Call:
        return Call(
            relu,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        ).branches_on("negative_slope", "threshold")


class Relu6(Activation, kind="relu6"):
    """``min(max(x, 0), 6)``."""

    def lower(self) -> Call:
        return Call(relu6)


class LeakyRelu(Activation, kind="leaky_relu"):
    """``x`` if positive, else ``negative_slope * x``."""

    negative_slope: NonNegativeFloat = 0.2
    """Slope for negative inputs."""

    def lower(self) -> Call:
        return Call(leaky_relu, negative_slope=self.negative_slope)


class Elu(Activation, kind="elu"):
    """``x`` if positive, else ``alpha * (exp(x) - 1)``."""

    alpha: float = 1.0
    """Limit for large negative inputs, with its sign turned."""

    def lower(self) -> Call:
        return Call(elu, alpha=self.alpha)


class Celu(Activation, kind="celu"):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``."""

    alpha: PositiveFloat = 1.0
    """Scale of the negative branch."""

    def lower(self) -> Call:
        return Call(celu, alpha=self.alpha)


class Selu(Activation, kind="selu"):
    """``1.0507 * elu(x, 1.6733)`` (Klambauer et al. 2017)."""

    def lower(self) -> Call:
        return Call(selu)


class Gelu(Activation, kind="gelu"):
    """``x * Phi(x)``, or its tanh approximation (Hendrycks and Gimpel 2016)."""

    approximate: bool = False
    """Whether to use the tanh form."""

    def lower(self) -> Call:
        return Call(gelu, approximate=self.approximate)


class Sigmoid(Activation, kind="sigmoid"):
    """``1 / (1 + exp(-x))``."""

    def lower(self) -> Call:
        return Call(sigmoid)


class HardSigmoid(Activation, kind="hard_sigmoid"):
    """``clip(x / 6 + 1/2, 0, 1)``; Keras 2 had ``clip(x / 5 + 1/2, 0, 1)``."""

    def lower(self) -> Call:
        return Call(hard_sigmoid)


class LogSigmoid(Activation, kind="log_sigmoid"):
    """``log(sigmoid(x))``."""

    def lower(self) -> Call:
        return Call(log_sigmoid)


class Silu(Activation, kind="silu", aka=("swish",)):
    """``x * sigmoid(x)``, also called swish."""

    def lower(self) -> Call:
        return Call(silu)


class HardSilu(Activation, kind="hard_silu", aka=("hard_swish",)):
    """``x * hard_sigmoid(x)``, also called hard swish."""

    def lower(self) -> Call:
        return Call(hard_silu)


class Tanh(Activation, kind="tanh"):
    """The hyperbolic tangent."""

    def lower(self) -> Call:
        return Call(tanh)


class HardTanh(Activation, kind="hard_tanh"):
    """``clip(x, -1, 1)``."""

    def lower(self) -> Call:
        return Call(hard_tanh)


class TanhShrink(Activation, kind="tanh_shrink"):
    """``x - tanh(x)``."""

    def lower(self) -> Call:
        return Call(tanh_shrink)


class HardShrink(Activation, kind="hard_shrink"):
    """``x`` where ``|x| > threshold``, else 0."""

    threshold: NonNegativeFloat = 0.5
    """Half width of the zone of zeros."""

    def lower(self) -> Call:
        return Call(hard_shrink, threshold=self.threshold)


class SoftShrink(Activation, kind="soft_shrink"):
    """``sign(x) * max(|x| - threshold, 0)``."""

    threshold: NonNegativeFloat = 0.5
    """Half width of the zone of zeros."""

    def lower(self) -> Call:
        return Call(soft_shrink, threshold=self.threshold)


class Softplus(Activation, kind="softplus"):
    """``log(1 + exp(x))``."""

    def lower(self) -> Call:
        return Call(softplus)


class Softsign(Activation, kind="softsign"):
    """``x / (1 + |x|)``."""

    def lower(self) -> Call:
        return Call(softsign)


class Exponential(Activation, kind="exponential", aka=("exp",)):
    """``exp(x)``."""

    def lower(self) -> Call:
        return Call(exponential)


class Mish(Activation, kind="mish"):
    """``x * tanh(softplus(x))`` (Misra 2019)."""

    def lower(self) -> Call:
        return Call(mish)


class Squareplus(Activation, kind="squareplus"):
    """``(x + sqrt(x^2 + b)) / 2``."""

    b: NonNegativeFloat = 4.0
    """Roundness of the bend."""

    def lower(self) -> Call:
        return Call(squareplus, b=self.b)


class SparsePlus(Activation, kind="sparse_plus"):
    """0 up to -1, ``(x + 1)^2 / 4`` up to 1, then ``x``."""

    def lower(self) -> Call:
        return Call(sparse_plus)


class SparseSigmoid(Activation, kind="sparse_sigmoid"):
    """``clip((x + 1) / 2, 0, 1)``."""

    def lower(self) -> Call:
        return Call(sparse_sigmoid)


class Threshold(Activation, kind="threshold"):
    """``x`` where ``x > threshold``, else ``default_value``.

    Example:
        - activation: {threshold: {threshold: 0.5, default_value: -1}}
    """

    threshold: float
    """Where the input begins to pass."""
    default_value: float
    """The value below."""

    def lower(self) -> Call:
        return Call(threshold, threshold=self.threshold, default_value=self.default_value)


class Softmax(AxisActivation, kind="softmax"):
    """``exp(x) / sum(exp(x))`` along an axis."""

    def lower(self) -> Call:
        return Call(softmax, axis=self.axis)


class LogSoftmax(AxisActivation, kind="log_softmax"):
    """``x - log(sum(exp(x)))`` along an axis."""

    def lower(self) -> Call:
        return Call(log_softmax, axis=self.axis)


class Sparsemax(AxisActivation, kind="sparsemax"):
    """The nearest point of the simplex (Martins and Astudillo 2016, algorithm 1).

    Keras 3.15 on JAX adds up partial sums where the last one is meant, so that its results do not
    sum to 1; these do.
    """

    def lower(self) -> Call:
        return Call(sparsemax, axis=self.axis)


class Glu(Activation, kind="glu"):
    """``a * sigmoid(b)`` of the two halves along an axis (Dauphin et al. 2017)."""

    axis: Axis = -1
    """Axis that is halved."""

    def infer(self, x: TensorType, /) -> TensorType:
        axis = example_axis(self.axis, x)
        size = x.shape[axis]
        if size % 2:
            raise ShapeError(f"cannot halve an axis of size {size} for glu", "make it even")
        return super().infer(x).with_axis(axis, size // 2)

    def lower(self) -> Call:
        return Call(glu, axis=self.axis)


def linear(x: Array) -> Array:
    return x


def relu(
    x: Array,
    *,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    y = jax.nn.relu(x) if threshold == 0 else jnp.where(x > threshold, x, 0.0)
    y = y if max_value is None else jnp.clip(y, 0.0, max_value)
    return y if negative_slope == 0 else y - negative_slope * jax.nn.relu(threshold - x)


def relu6(x: Array) -> Array:
    return jnp.clip(x, 0.0, 6.0)


def leaky_relu(x: Array, *, negative_slope: float) -> Array:
    return jnp.where(x > 0, x, negative_slope * x)


def elu(x: Array, *, alpha: float) -> Array:
    # expm1 of a large x would make the gradient of the unused branch infinite.
    return jnp.where(x > 0, x, alpha * jnp.expm1(jnp.where(x > 0, 0.0, x)))


def celu(x: Array, *, alpha: float) -> Array:
    return jnp.maximum(x, 0.0) + alpha * jnp.expm1(jnp.minimum(x, 0.0) / alpha)


def selu(x: Array) -> Array:
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


def gelu(x: Array, *, approximate: bool) -> Array:
    return jax.nn.gelu(x, approximate=approximate)


def sigmoid(x: Array) -> Array:
    return jax.nn.sigmoid(x)


def hard_sigmoid(x: Array) -> Array:
    return jnp.clip(x / 6.0 + 0.5, 0.0, 1.0)


def log_sigmoid(x: Array) -> Array:
    return -jax.nn.softplus(-x)


def silu(x: Array) -> Array:
    return x * jax.nn.sigmoid(x)


def hard_silu(x: Array) -> Array:
    return x * hard_sigmoid(x)


def tanh(x: Array) -> Array:
    return jnp.tanh(x)


def hard_tanh(x: Array) -> Array:
    return jnp.clip(x, -1.0, 1.0)


def tanh_shrink(x: Array) -> Array:
    return x - jnp.tanh(x)


def hard_shrink(x: Array, *, threshold: float) -> Array:
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


def soft_shrink(x: Array, *, threshold: float) -> Array:
    return jnp.sign(x) * jnp.maximum(jnp.abs(x) - threshold, 0.0)


def softplus(x: Array) -> Array:
    return jax.nn.softplus(x)


def softsign(x: Array) -> Array:
    return x / (1.0 + jnp.abs(x))


def exponential(x: Array) -> Array:
    return jnp.exp(x)


def mish(x: Array) -> Array:
    return x * jnp.tanh(jax.nn.softplus(x))


def squareplus(x: Array, *, b: float) -> Array:
    return (x + jnp.sqrt(x**2 + b)) / 2.0


def sparse_plus(x: Array) -> Array:
    return jnp.where(x <= -1.0, 0.0, jnp.where(x < 1.0, (x + 1.0) ** 2 / 4.0, x))


def sparse_sigmoid(x: Array) -> Array:
    return jnp.clip((x + 1.0) / 2.0, 0.0, 1.0)


def threshold(x: Array, *, threshold: float, default_value: float) -> Array:
    return jnp.where(x > threshold, x, default_value)


def softmax(x: Array, *, axis: int | tuple[int, ...]) -> Array:
    return jax.nn.softmax(x, axis=axis)


def log_softmax(x: Array, *, axis: int) -> Array:
    return jax.nn.log_softmax(x, axis=axis)


def sparsemax(x: Array, *, axis: int) -> Array:
    ordered = jnp.flip(jnp.sort(x, axis=axis), axis=axis)
    ranks = jnp.arange(1, x.shape[axis] + 1, dtype=x.dtype)
    ranks = ranks.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])
    sums = jnp.cumsum(ordered, axis=axis)
    support = jnp.sum(1.0 + ranks * ordered > sums, axis=axis, keepdims=True)
    excess = jnp.take_along_axis(sums, support - 1, axis=axis) - 1.0
    return jnp.maximum(x - excess / support, 0.0)


def glu(x: Array, *, axis: int) -> Array:
    a, b = jnp.split(x, 2, axis=axis)
    return a * jax.nn.sigmoid(b)

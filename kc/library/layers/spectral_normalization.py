"""A layer whose kernel has a spectral norm of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from kc.core.lazy import jnp, lax
from kc.core.program import Call, setting
from kc.core.reference import EntryOf
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.fields import PositiveInt
from kc.library.initializers import TruncatedNormal
from kc.library.layer import Composite, Layer, MadeMask, Mask, Masking
from kc.library.layers.unit_normalization import unit_normalization
from kc.library.regularizers import Regularizer

if TYPE_CHECKING:
    from jax import Array


class SpectralNormalization(Layer, kind="spectral_normalization"):
    """A layer with ``kernel / sigma`` for its kernel, sigma its largest singular value.

    Sigma comes from steps of the power iteration, which starts where the last batch ended (Miyato
    et al. 2018, algorithm 1). The kernel is a matrix here: its last axis by all others.

    Keras overwrites the kernel with the divided one while training, and uses it as it stands
    otherwise; on JAX its training loses what was overwritten, and the model predicts with another
    kernel than it was trained with. Here the kernel is divided in both modes and stays itself;
    outside of training the vector is not moved.

    Shapes: those of the layer inside.

    Source: ``keras/src/layers/normalization/spectral_normalization.py``.

    Example:
        - spectral_normalization: {layer: {conv2d: {filters: 3, kernel_size: 2}}}
    """

    masking: ClassVar[Masking] = "pass"

    layer: Annotated[Layer, EntryOf("layer")]
    """The layer: one with a `kernel`, or an embedding."""
    power_iterations: PositiveInt = 1
    """Steps of the power iteration for each batch."""

    @property
    def activity_regularizer(self) -> Regularizer | None:
        return getattr(self.layer, "activity_regularizer", None)

    def infer(self, x: TensorType, /) -> Inferred:
        if isinstance(self.layer, Composite) or self.layer.arity != (1, 1):
            raise ShapeError(f"cannot hold `{self.layer.kind}`", "give it a layer with a kernel")
        inside = self.layer.infer(x)
        found = [inside.weights[n] for n in ("kernel", "embeddings") if n in inside.weights]
        if not found or inside.state:
            raise ShapeError(
                f"cannot hold `{self.layer.kind}`: it has no kernel to be divided",
                "give it a layer such as `dense`, `conv2d` or `embedding`",
            )
        columns = found[0].shape[-1]
        state = {"vector_u": Weight((1, columns), TruncatedNormal(stddev=0.02))}
        flops = inside.flops + found[0].size * (4 * self.power_iterations + 5)
        return Inferred(inside.output, inside.weights, state, flops=flops)

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        if self.layer.masking == "none" and any(masks):
            raise ShapeError(f"holds `{self.layer.kind}`, which cannot take a masked input")
        return self.layer.output_mask(masks, inputs)

    def lower(self) -> Sequence[Call]:
        lowered = self.layer.lower()
        first, *others = [lowered] if isinstance(lowered, Call) else lowered
        call = Call(
            spectral_normalization, layer=setting(first), power_iterations=self.power_iterations
        )
        return [call, *others]


def spectral_normalization(
    x: Array,
    *,
    vector_u: Array,
    layer: Callable[..., Array],
    power_iterations: int = 1,
    train: bool,
    **arguments: Array,
) -> tuple[Array, dict[str, Array]]:
    """vector_u (1, columns): an estimate of the kernel's first singular vector."""
    name = "kernel" if "kernel" in arguments else "embeddings"
    kernel = arguments[name]
    matrix = kernel.reshape(-1, kernel.shape[-1])
    u = vector_u
    v = unit_normalization(u @ matrix.T, epsilon=1e-7)
    if train:
        u = unit_normalization(v @ matrix, epsilon=1e-7)
        for _ in range(power_iterations - 1):
            v = unit_normalization(u @ matrix.T, epsilon=1e-7)
            u = unit_normalization(v @ matrix, epsilon=1e-7)
    u, v = lax.stop_gradient(u), lax.stop_gradient(v)
    sigma = jnp.sum(v @ matrix * u)
    # A kernel of zeros stays one.
    arguments[name] = (kernel / jnp.where(sigma == 0, 1.0, sigma)).astype(kernel.dtype)
    return layer(x, **arguments), {"vector_u": u}

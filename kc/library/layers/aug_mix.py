"""Images mixed with augmented versions of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, PositiveFloat, PositiveInt, Seed
from kc.library.images.draws import from_last, to_last
from kc.library.images.policies import ALL_AUGMENTATIONS, MOVES_AND_TONES, augmented
from kc.library.images.types import BYTES, Interpolation, UpTo, ValueRange, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class AugMix(Layer, kind="aug_mix"):
    """Mixes each image with random augmentations of it while training (Hendrycks et al. 2020).

    ``w x + (1 - w) sum_i v_i chain_i(x)``, w drawn from Beta(alpha, alpha) and v from a symmetric
    Dirichlet(alpha). Each link of a chain is one of the augmentations of ``rand_augment``, or none.
    Floats come out. Keras draws once for a batch, and which augmentations once for the whole
    training when it is compiled; here each image has its own at each step.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/aug_mix.py``.

    Example:
        - aug_mix: {value_range: [0, 1], num_chains: 2, chain_depth: 1}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    num_chains: PositiveInt = 3
    """How many augmented versions are mixed."""
    chain_depth: PositiveInt = 3
    """How many augmentations each of them has gone through."""
    factor: UpTo = (0.0, 0.3)
    """Largest strength of each augmentation, or a range of strengths."""
    alpha: PositiveFloat = 1.0
    """Large numbers mix evenly, small ones favour one version."""
    all_ops: bool = True
    """Whether brightness, color degeneration, contrast and sharpness are among the choice."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = colour_image(x, self.data_format, channels=(1, 3))
        return Inferred(y, flops=80 * self.num_chains * self.chain_depth * y.size)

    def lower(self) -> Call:
        return Call(
            aug_mix,
            value_range=self.value_range,
            num_chains=self.num_chains,
            chain_depth=self.chain_depth,
            factor=self.factor,
            alpha=self.alpha,
            all_ops=self.all_ops,
            interpolation=self.interpolation,
            seed=self.seed,
            data_format=self.data_format,
        ).branches_on("value_range", "factor")


def aug_mix(
    x: Array,
    *,
    value_range: tuple[float, float] = (0.0, 255.0),
    num_chains: int = 3,
    chain_depth: int = 3,
    factor: tuple[float, float] = (0.0, 0.3),
    alpha: float = 1.0,
    all_ops: bool = True,
    interpolation: str = "bilinear",
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    x = to_last(x, data_format)
    links, first, second = jax.random.split(stream(key, seed), 3)
    count = ALL_AUGMENTATIONS if all_ops else MOVES_AND_TONES

    def link(chains: Array, key: Array) -> tuple[Array, None]:
        first, second = jax.random.split(key)
        # One number more than there are augmentations: it changes nothing.
        numbers = jax.random.randint(first, (len(chains),), 0, count + 1)
        chains = augmented(
            chains,
            numbers,
            factor=factor,
            value_range=value_range,
            interpolation=interpolation,
            key=second,
            count=count,
        )
        return chains, None

    chains = jnp.concatenate([x] * num_chains)
    chains, _ = lax.scan(link, chains, jax.random.split(links, chain_depth))
    chains = chains.reshape(num_chains, *x.shape)
    parts = jax.random.dirichlet(first, jnp.full(num_chains, alpha), (len(x),))
    mixed = jnp.einsum("nbhwc,bn->bhwc", chains, parts)
    kept = jax.random.beta(second, alpha, alpha, (len(x), 1, 1, 1))
    return from_last(jnp.clip(kept * x + (1 - kept) * mixed, *value_range), data_format)

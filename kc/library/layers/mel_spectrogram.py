"""Loudness of the pitches in a signal over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import NonNegativeFloat, PositiveFloat, PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class MelSpectrogram(Layer, kind="mel_spectrogram"):
    """Power of the frequencies in overlapping frames, summed over bands of the mel scale.

    The signal is mirrored at both ends, so that frames lie around multiples of the stride. With
    ``power_to_db`` the result is in decibel, and at most ``top_db`` below the loudest value of the
    example; in Keras, of the batch.

    Shapes: (..., time) -> (..., num_mel_bins, frames), frames = time // sequence_stride + 1.

    Source: ``keras/src/layers/preprocessing/mel_spectrogram.py``.

    Example:
        - mel_spectrogram: {fft_length: 8, sequence_stride: 4, num_mel_bins: 3}
    """

    in_float32 = True

    fft_length: PositiveInt = 2048
    """Samples of a frame that is transformed, an even number."""
    sequence_stride: PositiveInt = 512
    """Samples from one frame to the next."""
    sequence_length: PositiveInt | None = None
    """Samples of the window in the middle of a frame; by default the whole frame."""
    window: Literal["hann", "hamming"] | None = "hann"
    """What samples of a frame are multiplied with."""
    sampling_rate: PositiveInt = 16000
    """Samples in a second."""
    num_mel_bins: PositiveInt = 128
    """How many bands there are."""
    min_freq: NonNegativeFloat = 20.0
    """Where the first band begins, in hertz."""
    max_freq: PositiveFloat | None = None
    """Where the last band ends, in hertz; by default at half the sampling rate."""
    power_to_db: bool = True
    """Whether the result is in decibel."""
    top_db: PositiveFloat = 80.0
    """Decibel between the loudest value and the smallest one that is told apart."""
    mag_exp: PositiveFloat = 2.0
    """Exponent of the magnitude: 2 is power."""
    min_power: PositiveFloat = 1e-10
    """Least power that is told apart."""
    ref_power: PositiveFloat = 1.0
    """Power of 0 decibel."""

    @model_validator(mode="after")
    def _lengths_fit(self) -> MelSpectrogram:
        if self.fft_length % 2:
            raise ValueError("`fft_length` has to be even")
        if (self.sequence_length or 0) > self.fft_length:
            raise ValueError("`sequence_length` is longer than `fft_length`")
        if self.min_freq >= self._highest:
            raise ValueError("the bands have to rise from `min_freq` to `max_freq`")
        return self

    @property
    def _highest(self) -> float:
        return self.max_freq or float(self.sampling_rate // 2)

    def infer(self, x: TensorType, /) -> Inferred:
        if x.axis(-1) < 2:
            raise ShapeError(f"needs a signal on the last axis, the input is {x}")
        frames = x.shape[-1] // self.sequence_stride + 1
        y = TensorType((*x.shape[:-1], self.num_mel_bins, frames))
        return Inferred(y, flops=y.size * (self.fft_length + 2))

    def lower(self) -> Call:
        return Call(
            mel_spectrogram,
            fft_length=self.fft_length,
            sequence_stride=self.sequence_stride,
            sequence_length=self.sequence_length or self.fft_length,
            window=self.window,
            sampling_rate=self.sampling_rate,
            num_mel_bins=self.num_mel_bins,
            min_freq=self.min_freq,
            max_freq=self._highest,
            power_to_db=self.power_to_db,
            top_db=self.top_db,
            mag_exp=self.mag_exp,
            min_power=self.min_power,
            ref_power=self.ref_power,
        ).branches_on("min_freq", "max_freq", "mag_exp")


def mel_spectrogram(
    x: Array,
    *,
    fft_length: int,
    sequence_stride: int,
    sequence_length: int,
    window: str | None = "hann",
    sampling_rate: int,
    num_mel_bins: int,
    min_freq: float,
    max_freq: float,
    power_to_db: bool = True,
    top_db: float = 80.0,
    mag_exp: float = 2.0,
    min_power: float = 1e-10,
    ref_power: float = 1.0,
) -> Array:
    """x (batch, ..., time) -> (batch, ..., num_mel_bins, frames)."""
    x = jnp.asarray(x, jnp.float32)
    border = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
    starts = jnp.arange(0, x.shape[-1] + 1, sequence_stride)
    frames = jnp.pad(x, border, mode="reflect")[..., starts[:, None] + jnp.arange(fft_length)]
    waves = jnp.fft.rfft(frames * taper(window, sequence_length, fft_length))
    power = jnp.real(waves) ** 2 + jnp.imag(waves) ** 2
    if mag_exp != 2:
        # A root has no slope at 0.
        power = jnp.where(power > 0, jnp.where(power > 0, power, 1.0) ** (mag_exp / 2), 0.0)
    bands = mel_bands(num_mel_bins, fft_length // 2 + 1, sampling_rate, min_freq, max_freq)
    y = jnp.swapaxes(power @ bands, -1, -2)
    if not power_to_db:
        return y
    loudness = 10 * jnp.log10(jnp.maximum(y, min_power))
    loudness -= 10 * jnp.log10(jnp.maximum(ref_power, min_power))
    loudest = jnp.max(loudness, axis=tuple(range(1, y.ndim)), keepdims=True)
    return jnp.maximum(loudness, loudest - top_db)


def taper(window: str | None, length: int, frame: int) -> Array:
    """A window of some length in the middle of a frame, which ends where it would repeat."""
    if window is None:
        return jnp.ones(frame)
    lowest = 0.5 if window == "hann" else 0.54
    values = lowest - (1 - lowest) * jnp.cos(2 * jnp.pi * jnp.arange(length) / length)
    before = (frame - length) // 2
    return jnp.pad(values, (before, frame - length - before))


def mel_bands(count: int, frequencies: int, rate: int, lowest: float, highest: float) -> Array:
    """Triangles over the frequencies (frequencies, count), evenly spaced on the mel scale."""
    hertz = jnp.linspace(0.0, rate / 2, frequencies)
    mel = 1127 * jnp.log(1 + hertz / 700)[:, None]
    ends = 1127 * jnp.log(1 + jnp.array([lowest, highest]) / 700)
    edges = jnp.linspace(ends[0], ends[1], count + 2)
    start, middle, end = edges[:-2], edges[1:-1], edges[2:]
    slopes = jnp.minimum((mel - start) / (middle - start), (end - mel) / (end - middle))
    # Frequency 0 belongs to no band, even if the first one begins there.
    return jnp.maximum(slopes, 0.0).at[0].set(0.0)

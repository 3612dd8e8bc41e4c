"""Frequencies in a signal over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.fields import DataFormat, Padding, PositiveInt
from kc.library.initializers import STFT, Taper
from kc.library.layer import Layer
from kc.library.windows import window_sizes

if TYPE_CHECKING:
    from jax import Array


class STFTSpectrogram(Layer, kind="stft_spectrogram"):
    """Short-time Fourier transform of each channel, by convolution with trainable kernels.

    ``real = x * real_kernel``, ``imag = x * imag_kernel``, ``power = real^2 + imag^2``; the modes
    are ``magnitude`` sqrt(power), ``log`` log(magnitude), ``psd`` power with the inner frequencies
    doubled, ``angle`` atan2(imag, real), ``real``, ``imag``, and ``stft`` real, then imag.

    Shapes: (time, channels) -> (frames, channels * frequencies), or with ``expand_dims`` (frames,
    frequencies, channels). Channels first: (channels, time) -> (channels * frequencies, frames), or
    (channels, frames, frequencies). There are fft_length // 2 + 1 frequencies.

    Source: ``keras/src/layers/preprocessing/stft_spectrogram.py``.

    Example:
        - stft_spectrogram: {mode: magnitude, frame_length: 4, frame_step: 2}
    """

    in_float32 = True

    mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log"
    """What is told about each frequency."""
    frame_length: PositiveInt = 256
    """Samples of a frame."""
    frame_step: PositiveInt | None = None
    """Samples from one frame to the next; by default half a frame."""
    fft_length: PositiveInt | None = None
    """Samples of a period of the lowest frequency; by default the next power of 2."""
    window: Taper | tuple[float, ...] | None = "hann"
    """What samples of a frame are multiplied with: a name, or numbers."""
    periodic: bool = False
    """Whether the window ends a sample before it would repeat."""
    scaling: Literal["density", "spectrum"] | None = "density"
    """What the window is divided by: its norm, or its sum."""
    padding: Padding = "valid"
    """``valid`` uses whole frames only, ``same`` lets frames reach over the ends."""
    expand_dims: bool = False
    """Whether channels and frequencies have an axis each."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    @model_validator(mode="after")
    def _lengths_fit(self) -> STFTSpectrogram:
        if self.frame_length < 2:
            raise ValueError("a frame needs 2 samples or more")
        if self._step > self.frame_length:
            raise ValueError("`frame_step` is longer than a frame")
        if self._period < self.frame_length:
            raise ValueError("`fft_length` is shorter than a frame")
        if self._period % 2:
            raise ValueError("`fft_length` has to be even")
        if isinstance(self.window, tuple) and len(self.window) != self.frame_length:
            raise ValueError("`window` needs a number for each sample of a frame")
        return self

    @property
    def _step(self) -> int:
        return self.frame_step or self.frame_length // 2

    @property
    def _period(self) -> int:
        return self.fft_length or 1 << (self.frame_length - 1).bit_length()

    def infer(self, x: TensorType, /) -> Inferred:
        last = self.data_format == "channels_last"
        if x.rank != 2 or not x.is_float:
            axes = "batch, time, channels" if last else "batch, channels, time"
            raise ShapeError(f"needs float32[{axes}], the input is {x}")
        time, channels = x.shape if last else reversed(x.shape)
        (frames,) = window_sizes((time,), (self.frame_length,), (self._step,), self.padding)
        shape = (self.frame_length, 1, self._period // 2 + 1)
        sides: tuple[Literal["real", "imag"], ...] = ("real", "imag")
        weights = {
            f"{side}_kernel": Weight(shape, self._kernel(side))
            for side in sides
            if self.mode in {side, *_BOTH}
        }
        frequencies = shape[2] * (2 if self.mode == "stft" else 1)
        if self.expand_dims:
            sizes = (frames, frequencies, channels) if last else (channels, frames, frequencies)
        else:
            sizes = (channels * frequencies, frames)
            sizes = sizes[::-1] if last else sizes
        flops = 2 * self.frame_length * frames * channels * shape[2] * len(weights)
        return Inferred(TensorType(sizes), weights, flops=flops)

    def _kernel(self, side: Literal["real", "imag"]) -> STFT:
        return STFT(side=side, window=self.window, scaling=self.scaling, periodic=self.periodic)

    def lower(self) -> Call:
        return Call(
            stft_spectrogram,
            mode=self.mode,
            step=self._step,
            padding=self.padding,
            expand_dims=self.expand_dims,
            data_format=self.data_format,
        )


_BOTH = {"log", "magnitude", "psd", "angle", "stft"}
"""Modes that need both parts of the complex numbers."""


def stft_spectrogram(
    x: Array,
    real_kernel: Array | None = None,
    imag_kernel: Array | None = None,
    *,
    mode: str = "log",
    step: int,
    padding: str = "valid",
    expand_dims: bool = False,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, time, channels), kernels (frame_length, 1, frequencies)."""
    if data_format == "channels_last":
        x = jnp.swapaxes(x, 1, 2)
    parts = [framed(x, k, step, padding) for k in (real_kernel, imag_kernel) if k is not None]
    y = told(mode, parts)
    # Axes are batch, channels, frames, frequencies.
    if expand_dims:
        return jnp.transpose(y, (0, 2, 3, 1)) if data_format == "channels_last" else y
    batch, channels, frames, frequencies = y.shape
    if data_format == "channels_last":
        return jnp.swapaxes(y, 1, 2).reshape(batch, frames, channels * frequencies)
    return jnp.swapaxes(y, 2, 3).reshape(batch, channels * frequencies, frames)


def framed(x: Array, kernel: Array, step: int, padding: str) -> Array:
    """x (batch, channels, time), kernel (length, 1, n) -> (batch, channels, frames, n)."""
    signals = x.reshape(-1, x.shape[-1], 1)
    axes = ("NHC", "HIO", "NHC")
    y = lax.conv_general_dilated(signals, kernel, (step,), padding.upper(), dimension_numbers=axes)
    return y.reshape(*x.shape[:2], *y.shape[1:])


def told(mode: str, parts: list[Array]) -> Array:
    """What a mode tells about the real and imaginary parts (..., frequencies)."""
    if mode in {"real", "imag"}:
        return parts[0]
    if mode == "stft":
        return jnp.concatenate(parts, axis=-1)
    if mode == "angle":
        return jnp.arctan2(parts[1], parts[0])
    power = parts[0] ** 2 + parts[1] ** 2
    if mode == "psd":
        return power.at[..., 1:-1].multiply(2.0)
    magnitude = jnp.sqrt(jnp.maximum(power, 1e-7))
    return magnitude if mode == "magnitude" else jnp.log(magnitude)

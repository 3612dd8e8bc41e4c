"""Where Keras keeps the variables inside of one layer, and what they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kc.core.registry import Entry
from kc.interop.keras.facts import Numbered, class_name
from kc.library.attention_heads import Heads
from kc.library.cells.stacked_rnn_cells import StackedRNNCells
from kc.library.layer import Layer
from kc.library.layers.bidirectional import Bidirectional
from kc.library.layers.multi_head_attention import MultiHeadAttention
from kc.library.layers.rnn import RNN
from kc.library.layers.spectral_normalization import SpectralNormalization
from kc.library.layers.time_distributed import TimeDistributed
from kc.library.recurrent import Recurrent

Arrays = Mapping[str, np.ndarray]
"""The weights and the state of one layer by kc's names."""


def stored(layer: Entry, names: Sequence[str]) -> dict[str, str]:
    """kc's names of the variables of a layer, by their paths below its group."""
    if isinstance(layer, Heads):
        return {_projection(layer, name): name for name in names}
    found: dict[str, str] = {}
    for prefix, path, part in _inside(layer):
        own = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        if isinstance(part, Layer) and isinstance(layer, SpectralNormalization):
            own.remove("vector_u")
        found |= {f"{path}/{place}": prefix + name for place, name in stored(part, own).items()}
    if isinstance(layer, SpectralNormalization):
        # The kernel lies there twice; its copy has the number 0.
        return {**found, "vars/1": "vector_u"}
    if found:
        return found
    group = "cell/vars" if isinstance(layer, Recurrent) else "vars"
    return {f"{group}/{index}": name for index, name in enumerate(names)}


def _projection(layer: Heads, name: str) -> str:
    """The place of ``query_kernel``: ``query_dense/vars/0``."""
    projection, _, part = name.partition("_")
    hidden = "" if isinstance(layer, MultiHeadAttention) and projection != "gate" else "_"
    return f"{hidden}{projection}_dense/vars/{int(part == 'bias')}"


def _inside(layer: Entry) -> Sequence[tuple[str, str, Entry]]:
    """What a layer holds: a prefix of kc's names, a part of Keras's paths, and the entry."""
    match layer:
        case Bidirectional():
            forward, backward = layer.both()
            return [("forward_", "forward_layer", forward),
                    ("backward_", "backward_layer", backward)]  # fmt: skip
        case TimeDistributed() | SpectralNormalization():
            return [("", "layer", layer.layer)]
        case RNN():
            return [("", "cell", layer.cell)]
        case StackedRNNCells():
            numbered = Numbered()
            return [
                (f"cell_{number}_", f"cells/{numbered.next(class_name(cell.kind))}", cell)
                for number, cell in enumerate(layer.cells)
            ]
        case _:
            return []


def copies(layer: Layer, names: Sequence[str]) -> dict[str, str]:
    """Variables that lie in a weight file a second time, by path."""
    if not isinstance(layer, SpectralNormalization):
        return {}
    return {"vars/0": "kernel" if "kernel" in names else "embeddings"}


def from_keras(layer: Layer, arrays: Arrays) -> Arrays:
    """What kc has where Keras has these arrays.

    Keras predicts with the kernel of ``spectral_normalization`` as it stands, kc with the kernel
    divided by sigma. Sigma grows with the length of ``vector_u``, which the first step of training
    makes one; so the length is chosen that makes sigma one.
    """
    if not isinstance(layer, SpectralNormalization):
        return arrays
    sigma = _sigma(arrays)
    return {**arrays, "vector_u": arrays["vector_u"] / (sigma or np.float32(1))}


def to_keras(layer: Layer, arrays: Arrays) -> Arrays:
    """What Keras has where kc has these arrays; the inverse, for predictions."""
    if not isinstance(layer, SpectralNormalization):
        return arrays
    name = copies(layer, list(arrays))["vars/0"]
    return {**arrays, name: arrays[name] / (_sigma(arrays) or np.float32(1))}


def _sigma(arrays: Arrays) -> np.float32:
    """What ``spectral_normalization`` of kc divides by outside of training."""
    kernel = arrays["kernel"] if "kernel" in arrays else arrays["embeddings"]
    moved = arrays["vector_u"] @ kernel.reshape(-1, kernel.shape[-1]).T
    return np.float32(np.sqrt(np.sum(moved.astype(np.float64) ** 2)))

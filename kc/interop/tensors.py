"""Weights as a safetensors file: ``params/dense/kernel`` and ``state/...``, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kc.core import codes
from kc.core.diagnostic import failure
from kc.core.program import Program
from kc.core.text import listing
from kc.core.types import Shape
from kc.interop import foreign
from kc.interop.foreign import Foreign
from kc.interop.keras.weights import Weights


def write(weights: Weights) -> bytes:
    """The bytes of a safetensors file."""
    from safetensors.numpy import save

    arrays = {
        f"{part}/{scope}/{name}": np.asarray(array, order="C")
        for part, owners in (("params", weights.params), ("state", weights.state))
        for scope, named in owners.items()
        for name, array in named.items()
    }
    return save(arrays, {"format": "kc"})


def read(file: Foreign, program: Program) -> Weights:
    """The weights of a model, all of them and no other ones.

    Raises:
        CompileError: when a name is missing or unexpected, or a shape differs.
    """
    places = {
        f"{part}/{scope}/{name}": (part, scope, name, weight.shape)
        for part, owners in (("params", program.weights), ("state", program.state))
        for scope, named in owners.items()
        for name, weight in named.items()
    }
    wanted = {path: shape for path, (*_, shape) in places.items()}
    _check(file.path, file.arrays, wanted)
    arrays = foreign.read(file.path, wanted)
    weights = Weights()
    for path, (part, scope, name, _) in places.items():
        target = weights.params if part == "params" else weights.state
        target.setdefault(scope, {})[name] = arrays.found[path]
    return weights


def _check(path: Path, there: Mapping[str, list[int]], wanted: Mapping[str, Shape]) -> None:
    missing = [name for name in wanted if name not in there]
    unexpected = [name for name in there if name not in wanted]
    differing = [name for name in wanted if name in there and there[name] != list(wanted[name])]
    for words, names in (
        ("lacks", missing),
        ("holds what the model has not:", unexpected),
        ("has another shape for", differing),
    ):
        if names:
            raise failure(codes.FOREIGN_WEIGHTS, f"{path} {words} {listing(names, 4)}")

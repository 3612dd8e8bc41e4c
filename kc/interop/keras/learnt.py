"""What layers of Keras have learnt from data, and keep outside of their configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kc.core import codes
from kc.core.types import Shape
from kc.interop import foreign
from kc.interop.foreign import Foreign
from kc.interop.keras.values import RefusedError

MOST_NUMBERS = 100_000


def learnt(
    file: Foreign, kind: str, config: Mapping[str, Any], group: str, top: str, built: Any
) -> dict[str, Any]:
    """Arguments that a layer has in kc, and Keras keeps with the weights or in a text.

    Args:
        file: where to look for them.
        kind: what kc calls the layer.
        config: its configuration.
        group: where weight files of Keras 3 keep it.
        top: what older files call it.
        built: the shapes that it was built for, where the file says so.

    Raises:
        RefusedError: when they are not there.
        CompileError: when they cannot be read.
    """
    if kind == "normalization" and config.get("mean") is None and file.has_weights:
        return _statistics(file, config, group, top, built)
    if config.get("vocabulary", ...) is None and group in file.vocabularies:
        return {"vocabulary": file.vocabularies[group].splitlines()}
    return {}


def _statistics(
    file: Foreign, config: Mapping[str, Any], group: str, top: str, built: Any
) -> dict[str, Any]:
    """Mean and variance, which are the first two variables."""
    paths = [*file.order.get(top, ()), f"{group}/vars/0", f"{group}/vars/1"][:2]
    # Older files do not say what a layer was built for, and list the shapes of arrays.
    shape = file.arrays.get(paths[0]) or _shape(config, built)
    if math.prod(shape) > MOST_NUMBERS:
        raise RefusedError(codes.FOREIGN_ARGUMENT, f"a mean of more than {MOST_NUMBERS:,} numbers")
    found = foreign.read(file.path, dict.fromkeys(paths, tuple(shape))).found
    if len(found) != len(paths):
        raise RefusedError(codes.FOREIGN_WEIGHTS, "the file holds no mean of this shape")
    mean, variance = (found[path].tolist() for path in paths)
    return {"mean": mean, "variance": variance}


def _shape(config: Mapping[str, Any], built: Any) -> Shape:
    """The sizes of the axes along which a mean differs."""
    axes = config.get("axis", -1)
    match axes, built:
        case None | [], _:
            return ()
        case _, {"input_shape": list(sizes)}:
            rank = len(sizes)
            kept = sorted({a % rank for a in (axes if isinstance(axes, list) else [axes])})
            if all(type(sizes[axis]) is int for axis in kept):
                return tuple(sizes[axis] for axis in kept)
        case _:
            pass
    raise RefusedError(
        codes.FOREIGN_ARGUMENT, "the file does not say how many numbers its mean has"
    )

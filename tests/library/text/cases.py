"""Text for tests, and one layer on it; what Keras made of the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np

from kc.compiler.lower import bind
from kc.compiler.lower.host import preprocess
from kc.core.types import TensorType
from tests.models import compiled

RECORDED = json.loads(Path(__file__).with_name("keras.json").read_text())
"""What ``record.py`` wrote."""


def recorded(layer: str) -> list[dict[str, Any]]:
    """The recorded cases of one of Keras's layers."""
    return [case for case in RECORDED["cases"] if case["layer"] == layer]


def name_of(case: dict[str, Any]) -> str:
    return re.sub(r"[^ -~]", "?", f"{case['layer']} {case['arguments']}")


def array(values: Any) -> np.ndarray:
    """Texts or whole numbers as kc takes them."""
    x = np.array(values)
    return x.astype(object if x.dtype.kind == "U" else np.int32)


def of_text(item: Any, *xs: np.ndarray) -> np.ndarray:
    """What the compiled layer makes of a batch, on the host and on the device."""
    types = {
        f"x{i}": TensorType(x.shape[1:], "string" if x.dtype == object else "int32")
        for i, x in enumerate(xs)
    }
    item = {**item, "from": [*types]} if len(xs) > 1 else item
    program = compiled([item], types).program
    given = preprocess(program, {f"x{i}": x for i, x in enumerate(xs)})
    outputs, _ = bind.apply(program, {}, {}, given, key=jax.random.key(0), train=False)
    (y,) = outputs.values()
    (kind,) = program.output_types.values()
    assert (y.shape[1:], str(y.dtype)) == (kind.shape, kind.dtype)
    return np.asarray(y)

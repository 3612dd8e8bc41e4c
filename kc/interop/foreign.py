"""Foreign files, as the reading process describes them."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.types import Shape
from kc.interop.reader import OVERHEAD_BYTES

_READER = "kc.interop.reader"
_SECONDS = 600
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a file holds. All of it is untrusted."""

    path: Path
    format: str
    """``keras``, ``legacy``, ``hdf5`` (weights alone), ``npz``, ``json`` or ``safetensors``."""
    config: str | None = None
    """JSON text of the model."""
    training: str | None = None
    """JSON text of how it was trained, where it stands apart."""
    arrays: Mapping[str, list[int]] = field(default_factory=dict[str, "list[int]"])
    """Shapes by path; empty for an archive, whose arrays are listed when they are read."""
    order: Mapping[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    """Paths of the arrays of each layer, in order, in older files."""
    optimizer: Sequence[str] = ()
    """Paths of the optimizer's arrays, in order, in older files."""
    vocabularies: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tokens that lookup layers have learnt, a line each, by the group of the layer."""
    has_weights: bool = True


def describe(path: Path) -> Foreign:
    """Read all of a file but its arrays.

    Raises:
        CompileError: when it cannot be read, or is more than data.
    """
    answer, _ = _ask(path, {})
    return Foreign(
        path,
        answer["format"],
        answer.get("config"),
        answer.get("training"),
        answer.get("arrays", {}),
        answer.get("order", {}),
        answer.get("optimizer", ()),
        answer.get("vocabularies", {}),
        answer.get("weights", answer["format"] != "json"),
    )


@dataclass(frozen=True, slots=True)
class Arrays:
    """Arrays of a file by path, and the shapes of all that it holds."""

    found: Mapping[str, np.ndarray]
    shapes: Mapping[str, list[int]]
    names: Mapping[str, str]
    """What Keras calls the layer of a group of variables."""


def read(path: Path, wanted: Mapping[str, Shape], more_bytes: int = 0) -> Arrays:
    """Read arrays of known shapes, as float32.

    Args:
        path: the file.
        wanted: shapes by path. What has another shape is not read.
        more_bytes: size of what else the model has, as the state of its optimizer.

    Raises:
        CompileError: when the file cannot be read, or is larger than such arrays need.
    """
    size = sum(_FLOAT_BYTES * math.prod(shape) for shape in wanted.values())
    budget = 4 * size + more_bytes + OVERHEAD_BYTES
    request = {
        "wanted": {name: list(shape) for name, shape in wanted.items()},
        "bytes": budget,
        "budget": budget,
    }
    answer, content = _ask(path, request)
    found: dict[str, np.ndarray] = {}
    offset = 0
    for name, shape in answer["found"]:
        count = math.prod(shape)
        if name not in wanted or tuple(shape) != tuple(wanted[name]):
            raise _unreadable(path, "the reading process answered with another array")
        found[name] = np.frombuffer(content, np.float32, count, offset).reshape(shape)
        offset += _FLOAT_BYTES * count
    return Arrays(found, answer["arrays"], answer.get("names", {}))


def _ask(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Start the reading process for one request; its answer and the bytes that follow it."""
    if not path.is_file():
        raise failure(codes.UNREADABLE, f"there is no file {path}")
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": os.environ.get("PATH", ""),
        # Filters that a file asks for are not looked for among shared libraries.
        "HDF5_PLUGIN_PRELOAD": "::",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-P", "-s", "-m", _READER]
    text = json.dumps({"path": str(path.resolve()), **request}).encode()
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, env=environment, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _unsafe(path, "reading it does not end") from None
    line, _, content = done.stdout.partition(b"\n")
    if done.returncode != 0 or not line:
        # A crash of a C library, or a limit: the file is to blame, and kc goes on.
        raise _unsafe(path, f"the reading process ended with {done.returncode}")
    answer = json.loads(line)
    match answer.get("error"):
        case None:
            return answer, content
        case "unsafe":
            raise _unsafe(path, answer["reason"])
        case _:
            raise _unreadable(path, answer["reason"])


def _unsafe(path: Path, reason: str) -> CompileError:
    return failure(
        codes.FOREIGN_UNSAFE,
        f"{path} is refused: {reason}",
        help="save it again with the library that made it, if you trust where it comes from",
    )


def _unreadable(path: Path, reason: str) -> CompileError:
    return failure(
        codes.FOREIGN_FILE,
        f"cannot read {path}: {reason}",
        help="kc reads .keras, .h5 and .json files of Keras, and .safetensors",
    )

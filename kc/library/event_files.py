"""TensorBoard's event files: protocol buffers, each between its length and checksums."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import ndarray

NAME = "events.out.tfevents.kc"
"""TensorBoard looks for the part in the middle."""
_BUCKETS = 30


def head() -> bytes:
    """What a file begins with."""
    return _record(file_version="brain.Event:2")


def event(step: int, values: Sequence[Any]) -> bytes:
    """Values of one step."""
    return _record(step=step, summary=_messages("summary").Summary(value=values))


def scalar(tag: str, value: float) -> Any:
    """A number of a curve."""
    return _messages("summary").Summary.Value(tag=tag, simple_value=value)


def histogram(tag: str, array: ndarray) -> Any:
    """How the values of an array are spread."""
    import numpy as np

    messages = _messages("summary")
    values = array.astype("float64").ravel()
    counts, limits = np.histogram(values, _BUCKETS)
    spread = messages.HistogramProto(
        min=values.min(),
        max=values.max(),
        num=values.size,
        sum=values.sum(),
        sum_squares=values @ values,
        bucket_limit=limits[1:],
        bucket=counts,
    )
    return messages.Summary.Value(tag=tag, histo=spread)


def _record(**fields: Any) -> bytes:
    made = _messages("event").Event(wall_time=time.time(), **fields)
    content: bytes = made.SerializeToString()
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _messages(of: str) -> Any:
    # Their classes come into being at import, so no type checker knows them.
    return import_module(f"tensorboard.compat.proto.{of}_pb2")


def _checksum(content: bytes) -> bytes:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    return struct.pack("<I", masked_crc32c(content))

"""Arrays as pictures inside of a page."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

SMALLEST, LARGEST = 4, 512
"""Edges of what is taken for an image."""
_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's number for so many channels."""


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether examples of this shape are pictures: (height, width), with or without channels."""
    edges = shape[:2]
    channels = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))
    return channels and len(edges) == 2 and all(SMALLEST <= edge <= LARGEST for edge in edges)


def data_url(image: np.ndarray, low: float, high: float) -> str:
    """The picture of an array, its values from low to high as dark to bright."""
    content = base64.b64encode(png(_bytes(image, low, high))).decode()
    return f"data:image/png;base64,{content}"


def _bytes(image: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = (np.nan_to_num(image.astype(np.float64)) - low) / (high - low or 1.0)
    shown = np.clip(scaled * 255, 0, 255).round().astype(np.uint8)
    return shown if shown.ndim == 3 else shown[..., None]


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of bytes (height, width, channels).

    Source: https://www.w3.org/TR/png-3/, sections 5 and 11.
    """
    height, width, channels = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, 8, _COLORS[channels], 0, 0, 0)
    rows = np.pad(pixels.reshape(height, -1), ((0, 0), (1, 0)))  # each behind its filter, none
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

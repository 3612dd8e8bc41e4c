"""Arrays of texts, each a ``str``."""

from __future__ import annotations

import numpy as np

from kc.core import codes
from kc.core.data import DataError


def to_text(name: str, array: np.ndarray) -> np.ndarray:
    """Texts of any of NumPy's kinds as an array of ``str`` objects; bytes are read as UTF-8.

    Raises:
        DataError: naming the first value that is no text.
    """
    if array.dtype.kind not in "OUST":
        raise DataError(
            codes.DATA_VALUE,
            f"`{name}` holds {array.dtype.name}, the model takes text",
            "pass an array of `str`, or declare another `dtype` in `model.inputs`",
        )
    texts = np.empty(array.size, object)
    texts[:] = [_text(name, array, place) for place in range(array.size)]
    return texts.reshape(array.shape)


def _text(name: str, array: np.ndarray, place: int) -> str:
    value: object = array.flat[place]
    if isinstance(value, str):
        return str(value)
    found = f"`{value!r:.40}`, which is no text"
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            found = "bytes that are not UTF-8"
    raise DataError(
        codes.DATA_VALUE,
        f"`{name}` holds {found}, in example {place * len(array) // array.size}",
        "drop such examples, or put a text in their place",
    )

"""Image files as arrays of pixels, decoded by Pillow."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from kc.core import codes
from kc.core.data import DataError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

Resize = Literal["stretch", "crop", "pad"]
"""How an image of another shape becomes one of the wanted shape."""
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"})
_FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "WEBP")
"""The decoders that a file may choose by its content; others have seen less hostile input."""
_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}
_ORIENTATION: Final = 0x0112
"""EXIF's tag for how the camera was held; from 5 on, height and width are exchanged."""
_DAMAGE: Final = (
    *(OSError, EOFError, SyntaxError, ValueError, struct.error, zlib.error),  # cuts, flipped bits
    *(LookupError, OverflowError, TypeError, AttributeError),  # EXIF that is none
    MemoryError,
)


def need_pillow() -> None:
    """Check that Pillow is installed.

    Raises:
        DataError: naming the extra that it belongs to.
    """
    if find_spec("PIL") is None:
        raise DataError(
            codes.MISSING_EXTRA, "images need Pillow", "pip install 'kc-compiler[images]'"
        )


def read_image(
    file: BinaryIO, path: str, size: tuple[int, int], channels: int, resize: Resize
) -> np.ndarray:
    """The pixels of an image file: uint8 (height, width, channels).

    The first picture of several, turned as the camera was held. Bilinear, and smoothed before it
    gets smaller.

    Raises:
        DataError: when it is no image, is damaged, or declares more pixels than Pillow accepts.
    """
    import numpy as np

    with _opened(file, path) as image:
        pixels = np.asarray(_fitted(_upright(image, channels), size, resize), np.uint8)
        return pixels.reshape(*size, channels)


def image_header(file: BinaryIO, path: str) -> tuple[tuple[int, int], bool]:
    """Height and width of an image file, and whether it is grey; no pixel is decoded.

    Raises:
        DataError: when it is no image.
    """
    with _opened(file, path) as image:
        turned = image.getexif().get(_ORIENTATION, 1) >= 5
        width, height = image.size[::-1] if turned else image.size
        return (height, width), image.mode in {"1", "L", "LA"} or image.mode.startswith("I")


@contextmanager
def _opened(file: BinaryIO, path: str) -> Generator[Image]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file, formats=_FORMATS) as image:
            _check_size(image, path)
            yield image
    except UnidentifiedImageError:
        raise _refused(path, "is no image of JPEG, PNG, BMP, GIF or WebP") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _bomb(path) from None
    except _DAMAGE as error:
        raise _refused(path, f"is damaged: {str(error) or type(error).__name__}") from None


def _check_size(image: Image, path: str) -> None:
    """Before anything is decoded. Pillow itself only warns up to twice its limit."""
    from PIL.Image import MAX_IMAGE_PIXELS

    if MAX_IMAGE_PIXELS is not None and image.width * image.height > MAX_IMAGE_PIXELS:
        raise _bomb(path)


def _upright(image: Image, channels: int) -> Image:
    import numpy as np
    from PIL import ImageOps
    from PIL.Image import fromarray

    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        # Pillow would cut 16 bits off at 255.
        image = fromarray((np.asarray(image) >> 8).astype(np.uint8))
    wanted = _MODES[channels]
    return image if image.mode == wanted else image.convert(wanted)


def _fitted(image: Image, size: tuple[int, int], resize: Resize) -> Image:
    from PIL import ImageOps
    from PIL.Image import Resampling

    height, width = size
    if resize == "crop":
        return ImageOps.fit(image, (width, height), Resampling.BILINEAR)
    if resize == "pad":
        return ImageOps.pad(image, (width, height), Resampling.BILINEAR)
    return image.resize((width, height), Resampling.BILINEAR)


def _bomb(path: str) -> DataError:
    return _refused(path, "declares too many pixels", "make the image smaller, or remove it")


def _refused(path: str, what: str, help: str = "write the file again, or remove it") -> DataError:
    return DataError(codes.DATA_FILE, f"`{path}` {what}", help)

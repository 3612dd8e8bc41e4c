"""A spec for folders of images: augmentation, and stages of convolution that halve them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kc.cli.drafts.draft import Draft, Lines, Task, spec_text, written
from kc.core import codes
from kc.core.data import DataError
from kc.core.text import count, listing
from kc.library.class_folders import ClassFolders, class_folders
from kc.library.files import open_file
from kc.library.image_files import SUFFIXES, image_header, need_pillow

_LOOKED = 50
_LARGEST = 160
"""Side of images from which on they are made smaller: a first run should not take hours."""
STAGE: Final = (
    "stage:",
    "  params: {filters: int}",
    "  layers:",
    "    # Batch normalization has a bias of its own, so the convolution before it needs none.",
    "    - conv2d: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}",
    "    - batch_normalization",
    "    - relu",
    "    - max_pooling2d: 2  # halves height and width",
)
"""A block of a spec."""


def draft_images(folder: Path, path: str) -> Draft:
    """A spec that tells the classes of images apart.

    Raises:
        DataError: when there are none, or they cannot be read.
    """
    need_pillow()
    found = class_folders(folder, path, SUFFIXES)
    if found.classes is None or len(found.classes) < 2:
        raise DataError(
            codes.DATA_FILE,
            f"the images in `{path}` lie in no folders of classes",
            f"make a folder for each class: `{path}/cat/1.jpg`",
        )
    headers = list(_headers(folder, found))
    height, width = (_side([size[axis] for size, _ in headers]) for axis in (0, 1))
    channels = 1 if all(grey for _, grey in headers) else 3
    task = Task("class", len(found.classes))
    shape = f"[{height}, {width}, {channels}]"
    spec = spec_text(
        path,
        f"Tells {count(len(found.classes), 'kind')} of images in {path} apart.",
        task,
        len(found.names),
        epochs=50,
        blocks=STAGE,
        data=[
            "source:",
            "  image_folder:",
            f"    path: {written(path)}",
            f"    size: [{height}, {width}]  # all are brought to this height and width",
            f"    channels: {channels}",
            task.split,
            "preprocess:",
            "  image: [{rescaling: 1/255}]",
        ],
        model=[
            "inputs:",
            f"  image: {{shape: {shape}, dtype: uint8}}",
            "layers:",
            "  # Changes of the training images: take out those that would make another class.",
            "  - random_flip: horizontal",
            "  - random_rotation: 0.03",
            "  - random_zoom: 0.1",
            *(f"  {line}" for line in stages(min(height, width))),
            *(f"  {line}" for line in task.head),
        ],
    )
    kind = "grey" if channels == 1 else "colour"
    return Draft(
        spec,
        [
            f"{count(len(found.names), 'image')}, {kind}, in folders: {listing(found.classes)}",
            f"all are brought to {height} x {width}, the middle of what was seen",
            str(task),
        ],
    )


def _headers(folder: Path, found: ClassFolders) -> Iterator[tuple[tuple[int, int], bool]]:
    """Height and width, and whether it is grey, of some images from all folders."""
    step = -(-len(found.names) // _LOOKED)
    for name in found.names[::step]:
        path = f"{found.path}/{name}"
        with open_file(folder, path) as file:
            yield image_header(file, path)


def _side(sides: list[int]) -> int:
    """Most images' own where it is small, otherwise one that halves well."""
    middle = int(statistics.median(sides))
    return middle if middle <= 32 else min(_LARGEST, middle // 16 * 16)


def stages(side: int) -> Lines:
    """A stage for each time that an image can be halved and stays one, then the means."""
    number = max(1, min(5, side.bit_length() - 2))
    blocks = [f"- stage: {16 * 2**stage}" for stage in range(number)]
    return [*blocks, "- global_average_pooling2d", "- dropout: 0.3"]

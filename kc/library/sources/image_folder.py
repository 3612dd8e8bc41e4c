"""Image files, each an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from kc.core.data import Examples
from kc.library.class_folders import class_folders
from kc.library.fields import PositiveInt
from kc.library.files import Opener
from kc.library.image_files import SUFFIXES, Resize, need_pillow, read_image
from kc.library.source import FilePath, Names, Source
from kc.library.sources.csv import Csv

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows

_Side = Annotated[PositiveInt, Field(le=16_384)]
_FILE = "file"


class ImageFolder(Source, kind="image_folder", aka=("image_dataset_from_directory",)):
    """JPEG, PNG, BMP, GIF and WebP files, in folders named after classes.

    Input ``image``: uint8 (height, width, channels), 0 to 255; a `rescaling` makes floats of it.
    Target ``class``: int32, the folder's place in the order of names. Images that lie in no folder
    have no target. With ``labels``, targets are columns of a table. Decoded when they are needed,
    with Pillow (the extra ``images``): the first picture of several, turned as the camera was held,
    resized bilinearly. A file that cannot be read ends the run and is named.

    Source: ``keras/src/utils/image_dataset_utils.py``; unlike there, images that get smaller are
    smoothed first.

    Example:
        source: {image_folder: {path: photos, size: [64, 64]}}
    """

    path: FilePath
    """The folder, relative to the spec's folder and not outside of it."""
    size: tuple[_Side, _Side] = (256, 256)
    """Height and width that all images are brought to."""
    channels: Literal[1, 3, 4] = 3
    """1 for grey, 3 for colour, 4 for colour and opacity."""
    resize: Resize = "stretch"
    """What happens to an image of other proportions; `crop` keeps its middle, `pad` adds black."""
    labels: FilePath | None = None
    """A CSV file with a column `file`, paths below ``path``, and columns of targets: one line for
    each example, in the order of the examples.
    """
    target: Names = ("class",)
    """Columns of ``labels`` that hold targets."""

    @model_validator(mode="after")
    def _targets_have_a_table(self) -> ImageFolder:
        if self.target != ("class",) and self.labels is None:
            raise ValueError("`target` names columns of `labels`, so it needs that table")
        return self

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.labels is None else (self.path, self.labels)

    def open(self, folder: Path) -> Rows:
        need_pillow()
        if self.labels is not None:
            table = self._table().load(folder)
            names, targets, classes = table.inputs[_FILE], table.targets, table.classes
        else:
            found = class_folders(folder, self.path, SUFFIXES)
            names, targets, classes = found.names, found.targets(), found.words
        return ImageRows(folder, self, tuple(names), targets, classes)

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        return (
            self._table().columns(folder, names) if self.labels else super().columns(folder, names)
        )

    def _table(self) -> Csv:
        assert self.labels is not None
        return Csv(path=self.labels, inputs={_FILE: (_FILE,)}, text=(_FILE,), target=self.target)


@dataclass(frozen=True, slots=True)
class ImageRows:
    """Images by number."""

    folder: Path
    config: ImageFolder
    names: tuple[str, ...]
    labels: Arrays
    classes: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def nbytes(self) -> int:
        height, width = self.config.size
        targets = sum(array.nbytes for array in self.labels.values())
        return len(self) * height * width * self.config.channels + targets

    def read(self, rows: np.ndarray) -> Examples:
        import numpy as np

        config = self.config
        opener = Opener(self.folder)
        images = np.empty((len(rows), *config.size, config.channels), np.uint8)
        for place, row in enumerate(rows.tolist()):
            path = f"{config.path}/{self.names[row]}"
            with opener.open(path) as file:
                images[place] = read_image(file, path, config.size, config.channels, config.resize)
        targets = {name: array[rows] for name, array in self.labels.items()}
        return Examples({"image": images}, targets, classes=self.classes)

    def targets(self) -> Arrays:
        return self.labels

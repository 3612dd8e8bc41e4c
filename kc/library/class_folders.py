"""Files in folders that are named after classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import listing
from kc.library.files import list_files

if TYPE_CHECKING:
    from kc.core.data import Arrays

TARGET = "class"
"""Name of the target that folders give."""


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """Files, and the class of each by the folder that it lies in."""

    path: str
    names: tuple[str, ...]
    """Paths of the files below ``path``."""
    nbytes: int
    """Bytes of all files."""
    classes: tuple[str, ...] | None
    """Names of the folders in their order, as numbers of classes count; None without folders."""

    def targets(self) -> Arrays:
        """The number of each file's class; nothing where there are none."""
        import numpy as np

        if self.classes is None:
            return {}
        numbers = {name: number for number, name in enumerate(self.classes)}
        found = [numbers[name.partition("/")[0]] for name in self.names]
        return {TARGET: np.array(found, np.int32)}

    @property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        """The words of the classes, by target."""
        return {} if self.classes is None else {TARGET: self.classes}


def class_folders(folder: Path, path: str, suffixes: Collection[str]) -> ClassFolders:
    """The files with some suffixes below a folder, and their classes.

    Raises:
        DataError: when there is none, or some lie in folders of classes and some do not.
    """
    path = path.rstrip("/") or path
    files = list_files(folder, path, suffixes)
    if not files:
        raise DataError(
            codes.DATA_FILE,
            f"`{path}` holds no file of the kind {listing(sorted(suffixes))}",
            f"put the files into folders named after classes: `{path}/cat/1{min(suffixes)}`",
        )
    loose = [file.name for file in files if "/" not in file.name]
    if loose and len(loose) < len(files):
        raise DataError(
            codes.DATA_FILE,
            f"`{path}/{loose[0]}` lies in no folder of a class, and others do",
            "move it into the folder of its class",
        )
    classes = None if loose else tuple(sorted({file.name.partition("/")[0] for file in files}))
    names = tuple(file.name for file in files)
    return ClassFolders(path, names, sum(file.bytes for file in files), classes)

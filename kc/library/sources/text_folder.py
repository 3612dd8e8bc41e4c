"""Text files, each an example."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.library.class_folders import ClassFolders, class_folders
from kc.library.files import open_file
from kc.library.source import FilePath, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows


class TextFolder(Source, kind="text_folder", aka=("text_dataset_from_directory",)):
    """Files `.txt` of UTF-8 text, in folders named after classes.

    Input ``text``: text (). Target ``class``: int32, the folder's place in the order of names.
    Files that lie in no folder have no target. Files are read when they are needed.

    Source: ``keras/src/utils/text_dataset_utils.py``.

    Example:
        source: {text_folder: reviews}
    """

    path: FilePath
    """The folder, relative to the spec's folder and not outside of it."""

    def files(self) -> tuple[str]:
        return (self.path,)

    def open(self, folder: Path) -> Rows:
        return TextFiles(folder, class_folders(folder, self.path, {".txt"}))


@dataclass(frozen=True, slots=True)
class TextFiles:
    """Texts by number."""

    folder: Path
    found: ClassFolders

    def __len__(self) -> int:
        return len(self.found.names)

    @property
    def nbytes(self) -> int:
        return self.found.nbytes

    def read(self, rows: np.ndarray) -> Examples:
        import numpy as np

        texts = np.array([self._text(row) for row in rows.tolist()], object)
        targets = {name: array[rows] for name, array in self.targets().items()}
        return Examples({"text": texts}, targets, classes=self.found.words)

    def _text(self, row: int) -> str:
        path = f"{self.found.path}/{self.found.names[row]}"
        with open_file(self.folder, path) as file:
            try:
                return file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise DataError(
                    codes.DATA_FILE, f"`{path}` is not UTF-8 text", "save the file as UTF-8"
                ) from None

    def targets(self) -> Arrays:
        return self.found.targets()

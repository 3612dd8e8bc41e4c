"""A spec for whatever lies at a path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kc.cli.drafts.arrays import draft_arrays
from kc.cli.drafts.cells import columns_of, delimiter_of
from kc.cli.drafts.draft import Draft
from kc.cli.drafts.images import draft_images
from kc.cli.drafts.table import Table, draft_table
from kc.cli.drafts.texts import draft_texts
from kc.core import codes
from kc.core.data import DataError
from kc.core.text import listing
from kc.library.files import list_files
from kc.library.image_files import SUFFIXES
from kc.library.sources.csv import Csv
from kc.library.sources.jsonl import Jsonl
from kc.library.sources.parquet import Parquet
from kc.library.table import Table as TableSource


def draft(folder: Path, path: str, target: str | None) -> Draft:
    """Look at a file or a folder of data, and write a spec for it.

    Args:
        folder: that of the spec.
        path: where the data are, from there.
        target: the column or array to learn, where the user names one.

    Raises:
        DataError: when it cannot be read, or there is nothing to learn.
    """
    if (folder / path).is_dir():
        return _folder(folder, path, target)
    write = _WRITERS.get(Path(path).suffix.lower())
    if write is None:
        raise DataError(
            codes.DATA_FILE,
            f"cannot tell what `{path}` holds",
            f"name a folder of images or texts, or a file {listing(_WRITERS)}",
        )
    return write(folder, path, target)


def _folder(folder: Path, path: str, target: str | None) -> Draft:
    if target is not None:
        raise DataError(
            codes.CSV_COLUMN,
            f"`{path}` has no column `{target}`",
            "leave `--target` out: folders are the classes of what they hold",
        )
    if list_files(folder, path, SUFFIXES):
        return draft_images(folder, path)
    return draft_texts(folder, path)


def _csv(folder: Path, path: str, target: str | None) -> Draft:
    delimiter = delimiter_of(folder, path)
    source = Csv.model_validate({"path": path, "delimiter": delimiter})
    settings = {} if delimiter == "," else {"delimiter": json.dumps(delimiter)}
    return _table(source, folder, target, settings)


def _jsonl(folder: Path, path: str, target: str | None) -> Draft:
    return _table(Jsonl(path=path), folder, target)


def _parquet(folder: Path, path: str, target: str | None) -> Draft:
    return _table(Parquet(path=path), folder, target)


def _table(
    source: TableSource, folder: Path, target: str | None, settings: Mapping[str, str] | None = None
) -> Draft:
    file = source.table(folder, source.path)
    columns = columns_of(file, typed=not isinstance(source, Csv))
    return draft_table(Table(source.kind, source.path, settings or {}, columns, len(file)), target)


_WRITERS: Final[Mapping[str, Callable[[Path, str, str | None], Draft]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".npz": draft_arrays,
}

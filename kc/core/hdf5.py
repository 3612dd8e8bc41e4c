"""What may be read from HDF5: data that lie in the file itself, in the size that is expected.

HDF5 follows links to other files, raw data in any file, and virtual datasets of other files, and
has no switch that forbids it. So every dataset is reached through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ALLOWED_FILTERS = {1, 2, 3}  # gzip, shuffle, fletcher32
MOST_OBJECTS = 100_000
MOST_LEVELS = 32


class Hdf5Error(Exception):
    """A part of a file that is not there, or that cannot be trusted."""


class MissingArrayError(Hdf5Error):
    """An array that a file does not have."""


def dataset(file: Any, name: str) -> Any:
    """The dataset of this path, which lies in the file and is reached by hard links only.

    Raises:
        Hdf5Error: when it does not, or is stored in an unusual way.
    """
    import h5py

    node: Any = file
    for part in name.split("/"):
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if link is None:
            raise MissingArrayError(f"there is no array `{name}`")
        if not isinstance(link, h5py.HardLink):
            raise Hdf5Error(f"`{name}` is a link to another place")
        node = node[part]
    if not isinstance(node, h5py.Dataset):
        raise Hdf5Error(f"`{name}` is no array")
    check_storage(node, name)
    return node


def check_storage(found: Any, name: str) -> None:
    """Refuse values that lie elsewhere, unknown filters, and chunks beyond the array.

    Raises:
        Hdf5Error: saying which.
    """
    properties = found.id.get_create_plist()
    if found.is_virtual or properties.get_external_count():
        raise Hdf5Error(f"the values of `{name}` lie outside of the file")
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if not filters <= ALLOWED_FILTERS:
        raise Hdf5Error(f"`{name}` is stored with an unknown filter")
    if found.chunks and any(c > max(s, 1) for c, s in zip(found.chunks, found.shape, strict=True)):
        raise Hdf5Error(f"`{name}` is stored in parts that are larger than itself")


def walk(file: Any) -> Iterator[tuple[str, Any]]:
    """All groups and datasets below a file, by path; nothing of their values is read.

    Raises:
        Hdf5Error: at a link of any kind, at unusual storage, and when there are too many.
    """
    import h5py

    pending: list[tuple[str, Any, int]] = [("", file, 0)]
    seen = 0
    while pending:
        path, group, level = pending.pop()
        for part in group:
            name = f"{path}/{part}" if path else part
            seen += 1
            if seen > MOST_OBJECTS or level >= MOST_LEVELS:
                raise Hdf5Error("it holds too many groups")
            if not isinstance(group.get(part, getlink=True), h5py.HardLink):
                raise Hdf5Error(f"`{name}` is a link to another place")
            node = group[part]
            if isinstance(node, h5py.Dataset):
                check_storage(node, name)
            elif isinstance(node, h5py.Group):
                # Hard links may form circles: the bounds above end them.
                pending.append((name, node, level + 1))
            else:
                raise Hdf5Error(f"`{name}` is no array")
            yield name, node

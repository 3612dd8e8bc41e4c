"""Trees of arrays and plain data in one HDF5 file.

This is the one module that opens HDF5 files of kc. A file is read only where the expected tree has
an array, and an array only when its name, shape, type and layout are the expected ones: links to
other files, external and virtual storage, and sizes that the model does not have are refused before
any byte is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import jax
import numpy as np

from kc.core import codes, hdf5
from kc.core.diagnostic import CompileError, failure

MAX_META_BYTES = 4_000_000
_META = "meta"


def flatten(tree: Any) -> dict[str, np.ndarray]:
    """Arrays of a tree by path: ``params/dense/kernel``."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {_path(keys): np.asarray(leaf) for keys, leaf in leaves}


def _path(keys: Any) -> str:
    return "/".join(_part(key) for key in keys)


def _part(key: Any) -> str:
    for attribute in ("name", "key", "idx"):
        if hasattr(key, attribute):
            # Scopes hold slashes, which would be groups of their own in HDF5.
            return str(getattr(key, attribute)).replace("/", ".")
    return str(key)


def unflatten(template: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """A tree of the template's form with these arrays."""
    leaves, structure = jax.tree_util.tree_flatten_with_path(template)
    return jax.tree_util.tree_unflatten(structure, [arrays[_path(keys)] for keys, _ in leaves])


def write(file: BinaryIO, trees: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write trees by name and plain data to an empty file.

    Raises:
        OSError: when the disk refuses.
    """
    sink = _Sink(file)
    try:
        with h5py.File(sink, "w", libver="latest") as h5:
            # Not sorted: the order of a model's inputs and outputs is part of its meaning.
            text = json.dumps(meta).encode()
            h5.create_dataset(_META, data=np.frombuffer(text, np.uint8))
            for name, tree in trees.items():
                for key, array in flatten(tree).items():
                    h5.create_dataset(f"{name}/{key}", data=array)
    finally:
        if sink.error is not None:
            raise sink.error


class _Sink:
    """The file that HDF5 writes to. It never hears of an error of the disk, which ``error`` keeps.

    On a full disk HDF5 does not only report success for a torn file, it can crash the process while
    closing it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._descriptor = file.fileno()
        self._position = self._size = 0
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def write(self, data: memoryview) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest and self.error is None:
                written = os.pwrite(self._descriptor, rest, self._position + size - len(rest))
                rest = rest[written:]
        except OSError as error:
            self.error = error
        self._position += size
        self._size = max(self._size, self._position)
        return size

    def truncate(self, size: int) -> int:
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            self.error = self.error or error
        self._size = size
        return size

    def flush(self) -> None:
        """Whoever opened the file makes it durable."""

    def read(self, size: int) -> bytes:
        """What was written; zeros where the disk refused it."""
        try:
            found = os.pread(self._descriptor, size, self._position)
        except OSError as error:
            self.error, found = self.error or error, b""
        self._position += size
        return found.ljust(size, b"\0")

    def readinto(self, target: memoryview) -> int:
        target[:] = self.read(len(target))
        return len(target)


def read_meta(path: Path) -> dict[str, Any]:
    """The plain data of a file.

    Raises:
        CompileError: when it is no file of this format.
    """
    with _open(path) as file:
        dataset = _dataset(file, _META, path)
        if dataset.dtype != np.uint8 or dataset.ndim != 1 or dataset.nbytes > MAX_META_BYTES:
            raise _not_a_model(path, "its description is not text of a sensible size")
        try:
            meta = json.loads(dataset[()].tobytes())
        except ValueError:
            raise _not_a_model(path, "its description is not JSON") from None
    if not isinstance(meta, dict):
        raise _not_a_model(path, "its description is no map")
    return meta


def read(path: Path, templates: Mapping[str, Any]) -> dict[str, Any]:
    """The trees of a file, each of the form, shapes and types of its template.

    Raises:
        CompileError: naming the first array that is missing or is not as expected.
    """
    trees: dict[str, Any] = {}
    with _open(path) as file:
        for name, template in templates.items():
            arrays: dict[str, np.ndarray] = {}
            for keys, leaf in jax.tree_util.tree_flatten_with_path(template)[0]:
                key = _path(keys)
                arrays[key] = _array(file, f"{name}/{key}", leaf, path)
            trees[name] = unflatten(template, arrays)
    return trees


def require_no_more(path: Path, templates: Mapping[str, Any]) -> None:
    """Check that a file holds no arrays beside those of templates, each below a name.

    Raises:
        CompileError: naming the first one.
    """
    expected = {f"{name}/{key}" for name, tree in templates.items() for key in flatten(tree)}
    with _open(path) as file:
        try:
            found = [name for name, node in hdf5.walk(file) if isinstance(node, h5py.Dataset)]
        except hdf5.Hdf5Error as error:
            raise _mismatch(path, str(error)) from None
    for name in found:
        if name not in expected and any(name.startswith(f"{own}/") for own in templates):
            raise _mismatch(path, f"it holds `{name}`, which the model has not")


def _open(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r", locking=False)
    except (OSError, ValueError) as error:
        raise _not_a_model(path, str(error).splitlines()[0]) from None


def _array(file: h5py.File, name: str, expected: Any, path: Path) -> np.ndarray:
    dataset = _dataset(file, name, path)
    if dataset.shape != tuple(expected.shape) or dataset.dtype != np.dtype(expected.dtype):
        raise _mismatch(
            path,
            f"`{name}` is {dataset.dtype}{list(dataset.shape)}, and the model needs "
            f"{np.dtype(expected.dtype)}{list(expected.shape)}",
        )
    return dataset[()]


def _dataset(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    """A dataset that lies in this file, reached by hard links only."""
    try:
        return hdf5.dataset(file, name)
    except hdf5.Hdf5Error as error:
        raise _mismatch(path, str(error)) from None


def _not_a_model(path: Path, reason: str) -> CompileError:
    return failure(
        codes.NOT_A_MODEL,
        f"{path} is no model of kc: {reason}",
        help="pass a spec, or a file that `model.save` or `kc train` wrote",
    )


def _mismatch(path: Path, reason: str) -> CompileError:
    return failure(
        codes.WEIGHTS_MISMATCH,
        f"{path} does not fit the model: {reason}",
        help="load it with the spec that it was saved with",
    )

"""Trees of arrays and plain data in one HDF5 file.

This is the one module that opens HDF5 files of kc. A file is read only where the expected tree has
an array, and an array only when its name, shape, type and layout are the expected ones: links to
other files, external and virtual storage, and sizes that the model does not have are refused before
any byte is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def write(path: Path, trees: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write trees by name and plain data to a file that must not exist.

    The file is made in memory: on a full disk HDF5 does not only report success for a torn file, it
    can crash the process while closing it.

    Raises:
        OSError: when the disk refuses; the file may then be there in part.
    """
    with path.open("xb") as file:
        file.write(_image(trees, meta))


def _image(trees: Mapping[str, Any], meta: Mapping[str, Any]) -> bytes:
    """The bytes of an HDF5 file."""
    with h5py.File("image", "w", driver="core", backing_store=False, libver="latest") as file:
        # Not sorted: the order of a model's inputs and outputs is part of its meaning.
        text = json.dumps(meta).encode()
        file.create_dataset(_META, data=np.frombuffer(text, np.uint8))
        for name, tree in trees.items():
            for key, array in flatten(tree).items():
                file.create_dataset(f"{name}/{key}", data=array)
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


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

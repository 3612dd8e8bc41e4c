"""Reads foreign files, in a process of its own with limits. Nothing else of kc opens them.

The process gets a request as JSON, and answers with a line of JSON and the bytes of arrays. It
tells formats by content, reads text up to a bound, lists arrays without reading them, and then
reads exactly those that are asked for, in exactly the shapes that are asked for. It knows nothing
of layers: no class or function is looked up by a name in a file, and nothing is unpickled or
extracted to the disk.
"""

from __future__ import annotations

import io
import json
import math
import re
import resource
import stat
import struct
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from kc.core.hdf5 import Hdf5Error, dataset, walk

CONFIG_BYTES = 16_000_000
"""Bound on the text that describes a model."""
OVERHEAD_BYTES = 64_000_000
"""What a file may hold beside the arrays of its model and its optimizer."""
NAME_CHARACTERS = 1000
_NPY_HEADER = 1000
"""An honest header has 118 bytes; NumPy parses it with ``ast``, which long text can crash."""
MEMORY_BYTES = 1_500_000_000
"""Address space beside that of the arrays: libraries, and a few copies of a description."""
CPU_SECONDS = 60
TYPES = {"float32", "float64", "float16", "int32", "int64", "uint8", "uint32", "bool"}

_TENSORS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?",
}  # fmt: skip
"""Types of safetensors in NumPy's words; bfloat16 is read as its bits."""

_ZIP, _HDF5, _PICKLE = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", (b"\x80\x02", b"\x80\x03", b"\x80\x04")
_NPY = ".npy"
_CONFIG, _META, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_VOCABULARY = re.compile(r"assets/(layers/.+)/vocabulary\.txt")
"""The tokens that a lookup layer has learnt, and where the weights of the layer would be."""

Answer = dict[str, Any]


class UnreadableError(Exception):
    """A damaged or unknown file."""


class UnsafeError(Exception):
    """A file that is more than data."""


def describe(file: IO[bytes]) -> Answer:
    """What a file holds: its format, the text of its configuration, its arrays."""
    match _format(file):
        case "keras":
            archive, members = _archive(file)
            config = _member(archive, members[_CONFIG], CONFIG_BYTES).decode()
            _member(archive, members[_META], CONFIG_BYTES) if _META in members else b""
            return {
                "format": "keras",
                "config": config,
                "vocabularies": _vocabularies(archive, members),
                "weights": _WEIGHTS in members,
            }
        case "hdf5":
            return _describe_hdf5(file)
        case "npz":
            _, arrays, _ = _npz(file)
            return {"format": "npz", "arrays": arrays}
        case "safetensors":
            return {"format": "safetensors", **_header(file)}
        case _:
            return {"format": "json", "config": _text(file)}


def read(file: IO[bytes], wanted: Mapping[str, Sequence[int]], budget: int) -> tuple[Answer, Any]:
    """The arrays of these paths and shapes, and which others there are.

    Args:
        file: the file.
        wanted: shape by path.
        budget: bytes that a file with these arrays may have.
    """
    match _format(file):
        case "keras":
            archive, members = _archive(file)
            if _WEIGHTS not in members:
                raise UnreadableError("the archive holds no weights")
            content = io.BytesIO(_member(archive, members[_WEIGHTS], budget))
            return _read_hdf5(content, wanted)
        case "hdf5":
            return _read_hdf5(file, wanted)
        case "npz":
            return _read_npz(file, wanted, budget)
        case "safetensors":
            return _read_safetensors(file, wanted, budget)
        case _:
            raise UnreadableError("the file holds no weights")


def _format(file: IO[bytes]) -> str:
    start = file.read(16)
    file.seek(0)
    if start.startswith(_ZIP):
        names = zipfile.ZipFile(file).namelist()
        file.seek(0)
        return "npz" if names and all(name.endswith(_NPY) for name in names) else "keras"
    if start.startswith(_HDF5):
        return "hdf5"
    if start.startswith(_PICKLE):
        raise UnsafeError("it is a pickle, and reading one runs whatever it says")
    if start.lstrip().startswith(b"{"):
        return "json"
    if len(start) >= 9 and start[8:9] == b"{":
        return "safetensors"
    raise UnreadableError("its format is unknown")


def _text(file: IO[bytes]) -> str:
    content = file.read(CONFIG_BYTES + 1)
    if len(content) > CONFIG_BYTES:
        raise UnsafeError(f"its description has more than {CONFIG_BYTES:,} bytes")
    return content.decode()


# Archives


def _archive(file: IO[bytes]) -> tuple[zipfile.ZipFile, Mapping[str, zipfile.ZipInfo]]:
    archive = zipfile.ZipFile(file)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename
        _check_member(info)
        if name in members:
            raise UnsafeError(f"the archive holds `{_short(name)}` twice")
        members[name] = info
    if _CONFIG not in members:
        raise UnreadableError(f"the archive holds no {_CONFIG}")
    known = {_CONFIG, _META, _WEIGHTS}
    unknown = [n for n in members if n not in known and not _VOCABULARY.fullmatch(n)]
    if unknown:
        raise UnsafeError(f"the archive holds `{_short(unknown[0])}`, no part of a Keras model")
    return archive, members


def _check_member(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]:
        raise UnsafeError(f"the archive holds the path `{_short(name)}`")
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise UnsafeError(f"`{_short(name)}` in the archive is no regular file")
    if info.flag_bits & 1 or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnsafeError(f"`{_short(name)}` is encrypted, or packed in an unusual way")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """A member of an archive, whatever size it declares."""
    if info.file_size > most:
        raise UnsafeError(
            f"`{info.filename}` declares {info.file_size:,} bytes, more than {most:,}"
        )
    with archive.open(info) as member:
        content = member.read(most + 1)
    if len(content) > most:
        raise UnsafeError(f"`{info.filename}` unpacks to more than {most:,} bytes")
    return content


def _vocabularies(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]
) -> dict[str, str]:
    """Lists of tokens by the group of their layer; all together within the bound of one text."""
    found: dict[str, str] = {}
    left = CONFIG_BYTES
    for name, info in members.items():
        if place := _VOCABULARY.fullmatch(name):
            content = _member(archive, info, left)
            left -= len(content)
            found[place[1]] = content.decode()
    return found


# NumPy's archives


def _npz(
    file: IO[bytes],
) -> tuple[zipfile.ZipFile, dict[str, list[int]], Mapping[str, zipfile.ZipInfo]]:
    """An archive of NumPy, and the shapes and members of its arrays of numbers."""
    archive = zipfile.ZipFile(file)
    arrays: dict[str, list[int]] = {}
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        _check_member(info)
        name = info.filename.removesuffix(_NPY)
        if name in members:
            raise UnsafeError(f"the archive holds `{_short(name)}` twice")
        members[name] = info
        shape = _npy_shape(archive, info)
        if shape is not None:
            arrays[name] = list(shape)
    return archive, arrays, members


def _npy_shape(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[int, ...] | None:
    """The shape that an array declares, which its size bears out; None for other types."""
    from numpy.lib import format as npy

    with archive.open(info) as member:
        version = npy.read_magic(member)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(member, max_header_size=_NPY_HEADER)
        if dtype.hasobject or dtype.name not in TYPES:
            return None
        if math.prod(shape) * dtype.itemsize != info.file_size - member.tell():
            raise UnreadableError(f"the size of `{_short(info.filename)}` is not that of its shape")
    return shape


def _read_npz(
    file: IO[bytes], wanted: Mapping[str, Sequence[int]], budget: int
) -> tuple[Answer, Any]:
    import numpy as np
    from numpy.lib import format as npy

    archive, arrays, members = _npz(file)
    found: list[Any] = []
    for name, shape in wanted.items():
        if arrays.get(name) == list(shape):
            content = io.BytesIO(_member(archive, members[name], budget))
            array = npy.read_array(content, allow_pickle=False, max_header_size=_NPY_HEADER)
            found.append((name, np.ascontiguousarray(array, np.float32)))
    return {"arrays": arrays}, found


# HDF5


def _hdf5(file: IO[bytes]) -> Any:
    import h5py

    return h5py.File(file, "r")


def _describe_hdf5(file: IO[bytes]) -> Answer:
    with _hdf5(file) as opened:
        arrays, names = _listed(opened)
        config = _attribute_text(opened, "model_config")
        training = _attribute_text(opened, "training_config")
        order = _order(opened)
        optimizer = _paths(opened, "optimizer_weights")
    answer: Answer = {"format": "hdf5", "arrays": arrays, "names": names, "order": order}
    if config is None:
        return answer
    return {
        **answer, "format": "legacy", "config": config, "training": training,
        "optimizer": optimizer,
    }  # fmt: skip


def _order(opened: Any) -> dict[str, list[str]]:
    """Paths of the arrays of each layer in older files, which list both."""
    root = "model_weights/" if "model_weights" in opened else ""
    known = {name for name, _ in walk(opened)}
    holder = opened[root] if root else opened
    layers = _attribute_list(holder, "layer_names")
    return {name: _paths(opened, f"{root}{name}") for name in layers if f"{root}{name}" in known}


def _paths(opened: Any, group: str) -> list[str]:
    """Paths of the arrays that a group lists."""
    if group not in {name for name, _ in walk(opened)}:
        return []
    return [f"{group}/{name}" for name in _attribute_list(opened[group], "weight_names")]


def _listed(opened: Any) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Shapes of all arrays by path, and what groups are called besides."""
    arrays: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for path, node in walk(opened):
        if hasattr(node, "shape"):
            if (node.dtype.name in TYPES or _is_bfloat16(node)) and node.shape is not None:
                arrays[path] = list(node.shape)
        elif path.endswith("vars") and (name := _attribute_text(node, "name")):
            names[path] = name
    return arrays, names


def _attribute_text(node: Any, name: str) -> str | None:
    if name not in node.attrs:
        return None
    _check_attribute(node, name)
    value = node.attrs[name]
    value = value.decode() if isinstance(value, bytes) else value
    if not isinstance(value, str):
        raise UnreadableError(f"its attribute `{name}` is no text")
    return value


def _check_attribute(node: Any, name: str) -> None:
    attribute = node.attrs.get_id(name)
    if math.prod(attribute.shape or ()) * attribute.dtype.itemsize > CONFIG_BYTES:
        raise UnsafeError(f"its attribute `{name}` has more than {CONFIG_BYTES:,} bytes")


def _attribute_list(node: Any, name: str) -> list[str]:
    """A list of names, which Keras cuts into parts where it is long."""
    found: list[str] = []
    parts = [name] if name in node.attrs else []
    while not parts or f"{name}{len(parts)}" in node.attrs:
        if f"{name}{len(parts)}" not in node.attrs:
            break
        parts.append(f"{name}{len(parts)}")
    for part in parts:
        _check_attribute(node, part)
        found += [v.decode() if isinstance(v, bytes) else str(v) for v in node.attrs[part]]
    return found


def _read_hdf5(file: IO[bytes], wanted: Mapping[str, Sequence[int]]) -> tuple[Answer, Any]:
    import numpy as np

    with _hdf5(file) as opened:
        arrays, names = _listed(opened)
        found: list[Any] = []
        for path, shape in wanted.items():
            if path not in arrays or arrays[path] != list(shape):
                continue
            node = dataset(opened, path)
            if node.shape == tuple(shape):
                values = _widened(node[()]) if _is_bfloat16(node) else node[()]
                found.append((path, np.asarray(values, np.float32, order="C")))
    return {"arrays": arrays, "names": names}, found


def _is_bfloat16(node: Any) -> bool:
    """Whether an array holds bfloat16, which HDF5 lacks: two bytes, and a word that says so."""
    is_opaque = node.dtype.kind == "V" and node.dtype.itemsize == 2
    return is_opaque and _attribute_text(node, "dtype") == "bfloat16"


def _widened(values: Any) -> Any:
    """Bfloat16 as float32, whose first half it is."""
    import numpy as np

    halves = np.frombuffer(values.tobytes(), "<u2").reshape(values.shape)
    return (halves.astype(np.uint32) << 16).view(np.float32)


# safetensors


def _header(file: IO[bytes]) -> Answer:
    """The header of a safetensors file, with doubled names refused: the library keeps the last."""
    (size,) = struct.unpack("<Q", file.read(8))
    if size > CONFIG_BYTES:
        raise UnsafeError(f"its header declares {size:,} bytes")
    text = file.read(size).decode()
    end = file.seek(0, io.SEEK_END) - 8 - size
    header: Any = json.loads(text, object_pairs_hook=_unique)
    if not isinstance(header, dict):
        raise UnreadableError("its header is no map")
    metadata = header.pop("__metadata__", {})
    taken: list[tuple[int, int, str]] = []
    for name, facts in header.items():
        first, last = facts["data_offsets"]
        taken.append((first, last, name))
    position = 0
    for first, last, name in sorted(taken):
        # Every byte belongs to one array: two readers cannot see two files.
        if first != position or last < first:
            raise UnsafeError(f"the bytes of `{_short(name)}` are not its own")
        position = last
    if position != end:
        raise UnsafeError("it holds bytes that belong to no array")
    arrays = {name: list(facts["shape"]) for name, facts in header.items()}
    types = {name: facts["dtype"] for name, facts in header.items()}
    offsets = {name: facts["data_offsets"] for name, facts in header.items()}
    return {"arrays": arrays, "types": types, "offsets": offsets, "metadata": metadata}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise UnsafeError("its header has a name twice")
    return dict(pairs)


def _read_safetensors(
    file: IO[bytes], wanted: Mapping[str, Sequence[int]], budget: int
) -> tuple[Answer, Any]:
    header = _header(file)
    file.seek(0)
    content = file.read(budget + 1)
    if len(content) > budget:
        raise UnsafeError(f"it has more than {budget:,} bytes")
    begin = 8 + struct.unpack("<Q", content[:8])[0]
    found = [
        (name, _tensor(content[begin:], header["types"][name], shape, header["offsets"][name]))
        for name, shape in wanted.items()
        if name in header["arrays"] and header["arrays"][name] == list(shape)
    ]
    return header, found


def _tensor(content: bytes, type: str, shape: Sequence[int], offsets: Sequence[int]) -> Any:
    """An array as float32. The library has no bfloat16 without a further package."""
    import numpy as np

    if type not in _TENSORS:
        raise UnreadableError(f"kc does not read numbers of type {_short(type)}")
    first, last = offsets
    kind = np.dtype(_TENSORS[type])
    if last - first != kind.itemsize * math.prod(shape):
        raise UnsafeError("the size of an array is not that of its shape")
    values = np.frombuffer(content, kind, math.prod(shape), first).reshape(shape)
    values = _widened(values) if type == "BF16" else values
    return np.asarray(values, np.float32, order="C")


# The process


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:77]}..."


def _limit(arrays_bytes: int) -> None:
    """Bounds that hold from here on: memory, time, no writing to files, no core dump."""
    memory = MEMORY_BYTES + 6 * arrays_bytes
    seconds = CPU_SECONDS + arrays_bytes // 50_000_000
    for kind, bound in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (bound, bound))


def _answer(request: Mapping[str, Any]) -> tuple[Answer, Any]:
    """What is asked, or why it cannot be had."""
    try:
        with Path(request["path"]).open("rb") as file:
            if not stat.S_ISREG(Path(request["path"]).stat().st_mode):
                raise UnreadableError("it is no regular file")
            if "wanted" in request:
                return read(file, request["wanted"], request["budget"])
            return describe(file), []
    except (UnsafeError, Hdf5Error) as error:
        return {"error": "unsafe", "reason": str(error)}, []
    except MemoryError:
        return {"error": "unsafe", "reason": "reading it takes more memory than it has data"}, []
    except ModuleNotFoundError as error:
        return {"error": "missing", "reason": f"the package {error.name} is not installed"}, []
    except Exception as error:  # noqa: BLE001  # a damaged file may end anywhere
        reason = str(error).partition("\n")[0] or type(error).__name__
        return {"error": "unreadable", "reason": reason}, []


def main() -> NoReturn:
    """Answer one request of the standard input."""
    request = json.load(sys.stdin)
    import h5py
    import numpy as np

    # Both are loaded before the bounds, so that these are about the file alone.
    h5py.get_config()
    np.empty(0)
    _limit(request.get("bytes", 0))
    answer, found = _answer(request)
    answer["found"] = [[path, list(array.shape)] for path, array in found]
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    for _, array in found:
        out.write(array.tobytes())
    out.flush()
    sys.exit(0)


if __name__ == "__main__":
    main()

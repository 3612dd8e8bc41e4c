"""Files that try what has worked on other loaders. Each is refused, and a canary stays untouched.

The holes are those of ``reliability.md``, section A:

| Hole | Test |
|---|---|
| CVE-2021-37678, CVE-2020-1747, CVE-2020-14343 | test_cve_2021_37678_... |
| CVE-2024-3660, CVE-2025-1550, -8747, -9906, -49655, -12058, CVE-2026-1462, NeMo, Hydra | HOLES |
| CVE-2025-9905, GHSA of the twin code base | HOLES in each of CONTAINERS: one reader for all |
| CVE-2025-12058 (vocabulary) | HOLES, test_a_vocabulary_is_text_in_the_archive |
| CVE-2025-12060, -12638 | test_cve_2025_12060_a_tar_is_not_extracted |
| GHSA-hqp4-2352-xf5r | test_ghsa_hqp4_no_member_leads_out_of_the_archive |
| CVE-2026-0897 | test_cve_2026_0897_a_shape_is_that_of_the_model |
| CVE-2026-1669, keras#22899, #22900, #22976 | test_cve_2026_1669_weights_lie_in_the_file |
| CVE-2026-12479 | test_cve_2026_12479_names_of_layers_are_no_paths |
| CVE-2026-12481 | no mode of safety: test_one_module_reads_foreign_files_and_nothing_executes |
| CVE-2026-12570 | test_cve_2026_12570_a_chunk_is_no_larger_than_its_array |
| keras#23010, #23016, #23101, #23303 | test_keras_23010_..., test_weights_that_inflate_... |
| keras#22973, #23015 | test_keras_22973_no_member_is_a_link |
| keras#23026, #23034, CVE-2019-6446 | test_cve_2019_6446_other_members_are_refused |
| GHSA-qqmf-gpg7-g8gw | a spec in a model file is a spec: tests/runtime |
| CVE-2025-32434 and other pickles | test_cve_2025_32434_a_pickle_is_told_by_its_content |
| CVE-2026-4372 | test_cve_2026_4372_an_unknown_argument_is_refused |
| CVE-2024-27318, CVE-2022-25882 (ONNX) | none: kc reads no ONNX |
| HDF5 library | test_the_reading_process_has_limits, test_a_crash_of_the_reading_process_... |
| safetensors | test_a_safetensors_file_has_one_meaning |
"""

from __future__ import annotations

import ast
import base64
import copy
import io
import json
import marshal
import pickle
import re
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save as save_tensors

import kc
from kc.cli.main import run
from kc.core.diagnostic import CompileError
from kc.interop import foreign, reader
from tests.interop.models import config_of, imported, save, sequential

ROOT = Path(kc.__file__).parent


@pytest.fixture
def canary(tmp_path):
    """A path that nothing may create."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An honest model in each container."""
    folder = tmp_path_factory.mktemp("honest")
    model = sequential()
    for name in ("m.keras", "m.h5", "m.json", "m.weights.h5"):
        save(model, folder / name)
    (folder / "config.json").write_text(json.dumps(config_of(model)))
    return folder


def refused(path: Path, code: str, words: str, capsys) -> None:
    capsys.readouterr()
    assert imported(path) == 1
    shown = capsys.readouterr().err
    assert f"error[{code}]" in shown, shown
    assert words in shown, shown
    assert not (path.parent / "spec.yaml").exists()
    assert not (path.parent / "spec.h5").exists()


CONTAINERS = ["m.keras", "m.h5", "m.json"]


def with_config(files: Path, name: str, config: object, target: Path) -> Path:
    """An honest file with another configuration."""
    text = config if isinstance(config, str) else json.dumps(config)
    path = target / name
    if name == "m.json":
        path.write_text(text)
    elif name == "m.h5":
        path.write_bytes((files / name).read_bytes())
        with h5py.File(path, "a") as file:
            del file.attrs["model_config"]
            file.attrs["model_config"] = text
    else:
        repacked(files / name, path, {"config.json": text.encode()})
    return path


def repacked(source: Path, target: Path, members: dict[str, bytes], **options) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", **options) as new:
        for name in old.namelist():
            new.writestr(name, members.pop(name, None) or old.read(name))
        for name, content in members.items():
            new.writestr(name, content)
    return target


def layers(files: Path) -> dict:
    return json.loads((files / "config.json").read_text())


def first_dense(config: dict) -> dict:
    return next(x for x in config["config"]["layers"] if x["class_name"] == "Dense")


def code_of(canary: Path) -> str:
    code = compile(f"lambda x: open({str(canary)!r}, 'w')", "x", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(code)).decode()


def replaced_layer(canary: Path) -> dict[str, object]:
    """Objects in place of a layer, by the hole that they used."""
    call = f"open({str(canary)!r}, 'w').close()"
    function = {"code": code_of(canary), "defaults": None, "closure": None}
    lambda_config = {"name": "l", "function": {"class_name": "__lambda__", "config": function}}
    return {
        "CVE-2024-3660 Lambda": {
            "module": "keras.layers", "class_name": "Lambda", "config": lambda_config,
            "registered_name": None,
        },
        "CVE-2024-3660 Lambda of Keras 2": {
            "class_name": "Lambda",
            "config": {"name": "l", "function": [code_of(canary), None, None],
                       "function_type": "lambda"},
        },
        "CVE-2025-1550 any function": {
            "module": "os", "class_name": "function", "config": {"name": "system"},
            "registered_name": "system",
        },
        "CVE-2025-1550 any class": {
            "module": "subprocess", "class_name": "Popen",
            "config": {"name": "p", "args": ["touch", str(canary)]}, "registered_name": None,
        },
        "CVE-2025-8747 a gadget of Keras": {
            "module": "keras.utils", "class_name": "get_file",
            "config": {"name": "g", "fname": str(canary), "origin": "http://127.0.0.1:9/x"},
        },
        "CVE-2025-9906 the switch": {
            "module": "keras.config", "class_name": "enable_unsafe_deserialization",
            "config": {"name": "e"}, "registered_name": None,
        },
        "CVE-2025-49655 torch": {
            "module": "keras.layers", "class_name": "TorchModuleWrapper",
            "config": {"name": "t", "module": {"class_name": "__bytes__", "config": {
                "value": base64.b64encode(pickle.dumps(call)).decode()}}},
        },
        "CVE-2025-12058 a vocabulary from a file": {
            "module": "keras.layers", "class_name": "StringLookup",
            "config": {"name": "s", "vocabulary": "/etc/passwd"}, "registered_name": None,
        },
        "CVE-2026-1462 a foreign saved model": {
            "module": "keras.layers", "class_name": "TFSMLayer",
            "config": {"name": "f", "filepath": str(canary)}, "registered_name": None,
        },
        "a custom layer": {
            "module": "evil", "class_name": "Dense", "config": {"name": "d", "units": 2},
            "registered_name": "evil>Dense",
        },
        "CVE-2025-23304 a target": {
            "_target_": "os.system", "class_name": "Dense", "config": {"name": "d", "units": 2},
        },
        "a class by its path": {"class_name": "os.system", "config": {"name": "touch"}},
    }  # fmt: skip


HOLES = list(replaced_layer(Path("canary")))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("hole", HOLES)
def test_an_object_that_is_no_layer_is_refused(hole, container, files, canary, tmp_path, capsys):
    config = layers(files)
    config["config"]["layers"][1] = replaced_layer(canary)[hole]
    path = with_config(files, container, config, tmp_path)
    is_argument = "target" in hole or "vocabulary" in hole
    refused(path, "KC904" if is_argument else "KC903", "", capsys)


def test_a_lambda_is_named(files, canary, tmp_path, capsys):
    config = layers(files)
    config["config"]["layers"][1] = replaced_layer(canary)["CVE-2024-3660 Lambda"]
    path = with_config(files, "m.json", config, tmp_path)
    refused(path, "KC903", "layer `l`: kc has no layer `Lambda`", capsys)


GADGETS = {
    "a function of a module": {"module": "os", "class_name": "function", "config": "system",
                               "registered_name": "system"},
    "a function of Keras": {"module": "keras.utils", "class_name": "function",
                            "config": "get_file", "registered_name": "get_file"},
    "a class of a module": {"module": "subprocess", "class_name": "Popen",
                            "config": {"args": ["touch", "x"]}, "registered_name": None},
    "a lambda": {"class_name": "__lambda__", "config": {"code": "", "defaults": None}},
    "a word": "os.system",
}  # fmt: skip


@pytest.mark.parametrize("argument", ["activation", "kernel_initializer", "kernel_regularizer",
                                      "kernel_constraint", "units", "dtype"])  # fmt: skip
@pytest.mark.parametrize("gadget", GADGETS)
def test_an_argument_names_entries_of_kc_only(argument, gadget, files, tmp_path, capsys):
    config = layers(files)
    first_dense(config)["config"][argument] = copy.deepcopy(GADGETS[gadget])
    path = with_config(files, "m.json", config, tmp_path)
    capsys.readouterr()
    assert imported(path) == 1
    assert re.search(r"error\[KC90[134]\]", capsys.readouterr().err)


def test_cve_2026_4372_an_unknown_argument_is_refused(files, tmp_path, capsys):
    config = layers(files)
    first_dense(config)["config"]["auto_map"] = {"AutoModel": "evil--code.Model"}
    path = with_config(files, "m.json", config, tmp_path)
    refused(path, "KC904", "dense", capsys)


@pytest.mark.parametrize("container", CONTAINERS)
def test_cve_2026_12479_names_of_layers_are_no_paths(container, files, canary, tmp_path):
    config = json.dumps(layers(files)).replace('"sequential', '"../../canary')
    path = with_config(files, container, config, tmp_path)
    assert imported(path) == 0
    text = (tmp_path / "spec.yaml").read_text()
    assert ".." not in text.replace("name: ..-..-canary", "")


# Other contents


def test_cve_2021_37678_yaml_constructs_nothing(canary, tmp_path, capsys):
    path = tmp_path / "m.json"
    path.write_text(f"!!python/object/apply:os.system ['touch {canary}']\n")
    refused(path, "KC901", "its format is unknown", capsys)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.json", "m.safetensors", "m.pkl"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_cve_2025_32434_a_pickle_is_told_by_its_content(name, protocol, canary, tmp_path, capsys):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Bomb(canary), protocol=protocol))
    capsys.readouterr()
    assert imported(path) == 1
    assert re.search(r"error\[KC90[12]\]", capsys.readouterr().err)


def test_a_torch_archive_is_no_model_of_keras(canary, tmp_path, capsys):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(Bomb(canary)))
    refused(path, "KC901", "no config.json", capsys)


@pytest.mark.parametrize("member", ["model.weights.npz", "assets/vocabulary.txt", "extra.pkl"])
def test_cve_2019_6446_other_members_are_refused(member, files, tmp_path, capsys):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], object), allow_pickle=True)
    path = repacked(files / "m.keras", tmp_path / "m.keras", {member: buffer.getvalue()})
    refused(path, "KC902", member, capsys)


VOCABULARY = "assets/layers/integer_lookup/vocabulary.txt"


def with_lookup(files: Path, vocabulary: bytes, target: Path) -> Path:
    """A model that looks up numbers, and has learnt these."""
    config = layers(files)
    first, *_ = config["config"]["layers"]
    first["config"]["dtype"] = "int64"
    config["config"]["layers"] = [
        first,
        {"class_name": "IntegerLookup", "module": "keras.layers", "registered_name": None,
         "config": {"name": "lookup", "max_tokens": None, "num_oov_indices": 1, "oov_token": -1,
                    "mask_token": None, "output_mode": "int", "vocabulary": None}},
    ]  # fmt: skip
    path = target / "m.keras"
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr(VOCABULARY, vocabulary)
    return path


def test_a_vocabulary_is_text_in_the_archive(files, tmp_path):
    assert imported(with_lookup(files, b"-1\n7\n8\n", tmp_path)) == 0
    assert "vocabulary: [7, 8]" in (tmp_path / "spec.yaml").read_text()


def test_a_vocabulary_that_inflates_is_refused(files, tmp_path, capsys):
    path = with_lookup(files, b"1\n" * reader.CONFIG_BYTES, tmp_path)
    refused(path, "KC902", "bytes", capsys)


def test_cve_2025_12060_a_tar_is_not_extracted(canary, tmp_path, capsys):
    path = tmp_path / "m.keras"
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo(str(canary))
        file.addfile(info, io.BytesIO())
    refused(path, "KC901", "its format is unknown", capsys)


@pytest.mark.parametrize("name", ["../canary", "/tmp/canary", "a/../../canary", "..\\canary",
                                  "C:/canary"])  # fmt: skip
def test_ghsa_hqp4_no_member_leads_out_of_the_archive(name, files, canary, tmp_path, capsys):
    path = repacked(files / "m.keras", tmp_path / "m.keras", {name: b"x"})
    refused(path, "KC902", "the archive holds the path", capsys)


def test_keras_22973_no_member_is_a_link(files, tmp_path, capsys):
    info = zipfile.ZipInfo("model.weights.h5")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", (files / "config.json").read_text())
        file.writestr(info, "/etc/passwd")
    refused(path, "KC902", "no regular file", capsys)


def test_an_archive_holds_no_name_twice(files, tmp_path, capsys):
    path = tmp_path / "m.keras"
    path.write_bytes((files / "m.keras").read_bytes())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as file:
        file.writestr("config.json", "{}")
    refused(path, "KC902", "twice", capsys)


def test_keras_23010_a_config_that_inflates_is_refused(files, tmp_path, capsys):
    text = (files / "config.json").read_text() + " " * (reader.CONFIG_BYTES + 1)
    path = repacked(files / "m.keras", tmp_path / "m.keras", {"config.json": text.encode()},
                    compression=zipfile.ZIP_DEFLATED)  # fmt: skip
    assert path.stat().st_size < 100_000
    refused(path, "KC902", "bytes", capsys)


def test_a_size_that_lies_is_refused(files, tmp_path, capsys):
    text = (files / "config.json").read_text() + " " * (reader.CONFIG_BYTES + 1)
    path = repacked(files / "m.keras", tmp_path / "m.keras", {"config.json": text.encode()},
                    compression=zipfile.ZIP_DEFLATED)  # fmt: skip
    size = struct.pack("<I", len(text))
    path.write_bytes(path.read_bytes().replace(size, struct.pack("<I", 100)))
    capsys.readouterr()
    assert imported(path) == 1
    assert re.search(r"error\[KC90[12]\]", capsys.readouterr().err)


def test_weights_that_inflate_are_refused(files, tmp_path, capsys):
    with zipfile.ZipFile(files / "m.keras") as file:
        content = file.read("model.weights.h5") + bytes(reader.OVERHEAD_BYTES + 10_000_000)
    path = repacked(files / "m.keras", tmp_path / "m.keras", {"model.weights.h5": content},
                    compression=zipfile.ZIP_DEFLATED)  # fmt: skip
    assert path.stat().st_size < 1_000_000
    refused(path, "KC902", "bytes", capsys)


# HDF5

KERNEL = {
    "m.keras": "layers/dense/vars/0",
    "m.h5": "model_weights/dense/dense/kernel",
    "m.weights.h5": "layers/dense/vars/0",
}


def change_weights(files: Path, name: str, tmp_path: Path, change) -> Path:
    """A copy of a file in which the kernel of a layer was changed."""
    inner = tmp_path / "inner.h5"
    path = tmp_path / name
    if name == "m.keras":
        with zipfile.ZipFile(files / name) as file:
            inner.write_bytes(file.read("model.weights.h5"))
    else:
        inner.write_bytes((files / name).read_bytes())
    with h5py.File(inner, "a") as file:
        place = KERNEL[name]
        if name == "m.h5":
            layer = next(k for k in file["model_weights"] if k.startswith("dense"))
            place = f"model_weights/{layer}/" + next(
                x.decode() if isinstance(x, bytes) else x
                for x in file[f"model_weights/{layer}"].attrs["weight_names"]
            )
        shape = file[place].shape
        change(file, place, shape)
    if name == "m.keras":
        return repacked(files / name, path, {"model.weights.h5": inner.read_bytes()})
    inner.rename(path)
    return path


def refused_weights(files, path, code, words, tmp_path, capsys):
    if path.name == "m.weights.h5":
        spec = tmp_path / "given.yaml"
        assert run(["import", str(files / "m.json"), "-o", str(spec)]) == 0
        capsys.readouterr()
        made = tmp_path / "made.h5"
        assert run(["import", str(path), "--spec", str(spec), "-o", str(made)]) == 1
        shown = capsys.readouterr().err
        assert f"error[{code}]" in shown, shown
        assert words in shown, shown
        assert not made.exists()
    else:
        refused(path, code, words, capsys)


def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["kernel"] = np.ones((6, 5), "float32")
    return path


def external_link(tmp_path):
    def change(file, place, shape):
        del file[place]
        file[place] = h5py.ExternalLink(str(secret(tmp_path)), "kernel")

    return change


def external_group(tmp_path):
    def change(file, place, shape):
        group = place.rpartition("/")[0]
        del file[group]
        file[group] = h5py.ExternalLink(str(secret(tmp_path)), "/")

    return change


def soft_link(tmp_path):
    def change(file, place, shape):
        file["elsewhere"] = h5py.SoftLink("/")
        del file[place]
        file[place] = h5py.SoftLink("/elsewhere")

    return change


def external_storage(tmp_path):
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(10_000))

    def change(file, place, shape):
        del file[place]
        file.create_dataset(place, shape, "float32", external=[(str(raw), 0, 10_000)])

    return change


def virtual(tmp_path):
    def change(file, place, shape):
        del file[place]
        layout = h5py.VirtualLayout(shape, "float32")
        layout[:] = h5py.VirtualSource(str(secret(tmp_path)), "kernel", shape)
        file.create_virtual_dataset(place, layout)

    return change


@pytest.mark.parametrize("name", KERNEL)
@pytest.mark.parametrize(
    "attack", [external_link, external_group, soft_link, external_storage, virtual]
)
def test_cve_2026_1669_weights_lie_in_the_file(attack, name, files, tmp_path, capsys):
    path = change_weights(files, name, tmp_path, attack(tmp_path))
    refused_weights(files, path, "KC902", "", tmp_path, capsys)


@pytest.mark.parametrize("name", KERNEL)
def test_cve_2026_0897_a_shape_is_that_of_the_model(name, files, tmp_path, capsys):
    def change(file, place, shape):
        del file[place]
        file.create_dataset(place, (2**20, 2**20), "float32", chunks=(64, 64), compression="gzip")

    path = change_weights(files, name, tmp_path, change)
    refused_weights(files, path, "KC905", "the model needs", tmp_path, capsys)


@pytest.mark.parametrize("name", KERNEL)
def test_cve_2026_12570_a_chunk_is_no_larger_than_its_array(name, files, tmp_path, capsys):
    def change(file, place, shape):
        del file[place]
        file.create_dataset(place, shape, "float32", maxshape=(None, None), chunks=(2**12, 2**12),
                            compression="gzip")  # fmt: skip

    path = change_weights(files, name, tmp_path, change)
    refused_weights(files, path, "KC902", "larger than itself", tmp_path, capsys)


@pytest.mark.parametrize("name", KERNEL)
def test_a_filter_beyond_the_known_ones_is_refused(name, files, tmp_path, capsys):
    def change(file, place, shape):
        del file[place]
        file.create_dataset(place, shape, "float32", chunks=shape, compression="lzf")

    path = change_weights(files, name, tmp_path, change)
    refused_weights(files, path, "KC902", "unknown filter", tmp_path, capsys)


@pytest.mark.parametrize("name", KERNEL)
def test_arrays_beside_those_of_the_model_are_refused(name, files, tmp_path, capsys):
    def change(file, place, shape):
        file.create_dataset(f"{place}_more", shape, "float32")

    path = change_weights(files, name, tmp_path, change)
    refused_weights(files, path, "KC905", "no layer has the weights", tmp_path, capsys)


def test_every_cut_of_a_file_is_refused(files, tmp_path, capsys):
    for name in ("m.keras", "m.h5"):
        whole = (files / name).read_bytes()
        path = tmp_path / name
        for length in (0, 7, 100, len(whole) // 2, len(whole) - 10):
            path.write_bytes(whole[:length])
            capsys.readouterr()
            assert imported(path) == 1
            assert re.search(r"error\[KC90[12]\]", capsys.readouterr().err)


# safetensors


def tensors(header: dict | str, content: bytes = b"") -> bytes:
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text + content


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
TENSORS = {
    "a name twice": (
        tensors(f'{{"a": {json.dumps(F32)}, "a": {json.dumps(F32)}}}', bytes(4)),
        "KC902", "twice",
    ),
    "bytes of nobody": (tensors({"a": F32}, bytes(8)), "KC902", "no array"),
    "bytes of two": (tensors({"a": F32, "b": F32}, bytes(4)), "KC902", "not its own"),
    "a gap": (
        tensors({"a": {**F32, "data_offsets": [4, 8]}}, bytes(8)), "KC902", "not its own",
    ),
    "a giant header": (struct.pack("<Q", 2**40) + b"{}", "KC902", "header declares"),
    "another name": (save_tensors({"a": np.ones(1, "float32")}), "KC905", "lacks"),
}  # fmt: skip


@pytest.mark.parametrize("attack", TENSORS)
def test_a_safetensors_file_has_one_meaning(attack, files, tmp_path, capsys):
    content, code, words = TENSORS[attack]
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    spec = tmp_path / "given.yaml"
    assert run(["import", str(files / "m.json"), "-o", str(spec)]) == 0
    capsys.readouterr()
    assert run(["import", str(path), "--spec", str(spec), "-o", str(tmp_path / "o.h5")]) == 1
    shown = capsys.readouterr().err
    assert f"error[{code}]" in shown, shown
    assert words in shown, shown


# The reading process


def test_a_crash_of_the_reading_process_is_a_diagnostic(files, monkeypatch):
    monkeypatch.setattr(foreign, "_READER", "kc.no_such_module")
    with pytest.raises(CompileError, match="KC902"):
        foreign.describe(files / "m.keras")


def in_child(code: str) -> subprocess.CompletedProcess[str]:
    text = f"from kc.interop import reader\nreader._limit(0)\n{code}"
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT.parent)},
    )  # fmt: skip


def test_the_reading_process_has_limits(canary):
    assert "MemoryError" in in_child("bytearray(4_000_000_000)").stderr
    other = str(canary.with_name("other"))
    assert (
        "OSError" in in_child(f"file = open({other!r}, 'w'); file.write('x'); file.flush()").stderr
    )


def test_one_module_reads_foreign_files_and_nothing_executes():
    """No loader of code or objects is in reach of what a file says."""
    forbidden = {"marshal", "pickle", "importlib", "shelve", "runpy", "dill", "joblib", "keras"}
    for path in (ROOT / "interop").rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )
        }  # fmt: skip
        assert not names & forbidden, path
        calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call)
                 and isinstance(n.func, ast.Name)}  # fmt: skip
        assert not calls & {"eval", "exec", "compile", "__import__", "getattr"} - {"getattr"}, path
        assert "safe_mode" not in path.read_text()


def test_hdf5_is_opened_in_few_places():
    users = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"^\s*import h5py|^\s*from h5py", path.read_text(), re.MULTILINE)
    }
    assert users == {
        "core/hdf5.py", "interop/reader.py", "interop/keras/write.py",
        "library/sources/hdf5.py", "runtime/checkpoint/format.py",
    }  # fmt: skip

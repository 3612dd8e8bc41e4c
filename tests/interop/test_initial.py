"""Weights begin with what the spec gives: numbers, or arrays of files."""

from __future__ import annotations

import struct
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kc
from kc.cli.main import run
from kc.core.diagnostic import CompileError
from kc.front.model import Model
from tests.emit.same import assert_same_model
from tests.models import compiled_text

HEAD = "kc: 1\nmodel:\n  inputs: {x: [3]}\n"
KERNEL = np.arange(6, dtype="float32").reshape(3, 2) / 10
BIAS = np.array([0.25, -1.5], "float32")
ARRAYS = {"kernel": KERNEL, "bias": BIAS}


def spec(folder: Path, layers: str, head: str = HEAD) -> Path:
    path = folder / "spec.yaml"
    path.write_text(
        f"{head}  layers:\n{textwrap.indent(textwrap.dedent(layers).strip(), '    ')}\n"
    )
    return path


def save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Arrays in the format of a file's suffix."""
    if path.suffix == ".npz":
        np.savez_compressed(path, **arrays)
    else:
        from safetensors.numpy import save_file

        save_file(arrays, path)


def assert_weights(model: Model, scope: str, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        np.testing.assert_array_equal(model.weights[scope][name], array)


def message(folder: Path, layers: str, head: str = HEAD) -> str:
    """What is said about a spec before its first step."""
    with pytest.raises(CompileError) as error:
        _ = kc.load(spec(folder, layers, head)).weights
    return str(error.value)


def test_numbers_in_the_spec_are_the_first_weights(tmp_path):
    path = spec(tmp_path, "- {dense: 2, initial: {bias: [0.25, -1.5]}}")
    model = kc.load(path)
    assert_weights(model, "dense", {"bias": BIAS})
    assert np.any(model.weights["dense"]["kernel"])
    assert kc.load(path).to_yaml() == model.to_yaml()
    assert "initial" in model.to_yaml()


def test_numbers_may_have_axes_and_whole_numbers_are_numbers(tmp_path):
    model = kc.load(spec(tmp_path, "- {dense: 2, initial: {kernel: [[1, 2], [3, 4], [5, 6]]}}"))
    assert_weights(model, "dense", {"kernel": np.array([[1, 2], [3, 4], [5, 6]], "float32")})


def test_layer_state_has_first_values_too(tmp_path):
    layers = "- {batch_normalization: {}, initial: {moving_mean: [1, 2, 3]}}"
    model = kc.load(spec(tmp_path, layers))
    np.testing.assert_array_equal(
        model.state.layers["batch_normalization"]["moving_mean"], [1, 2, 3]
    )


def test_numbers_are_printed(tmp_path):
    text = spec(tmp_path, "- {dense: 2, initial: {bias: [0.25, -1.5]}}").read_text()
    assert_same_model(compiled_text(text))


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors"])
@pytest.mark.parametrize("prefix", ["", "dense/", "params/dense/"])
def test_a_file_holds_the_first_weights(name, prefix, tmp_path):
    (tmp_path / "weights").mkdir()
    save(tmp_path / "weights" / name, {prefix + n: a for n, a in ARRAYS.items()})
    model = kc.load(spec(tmp_path, f"- {{dense: 2, initial: weights/{name}}}"))
    assert_weights(model, "dense", ARRAYS)
    x = np.ones((2, 3), "float32")
    np.testing.assert_allclose(model.predict(x), x @ KERNEL + BIAS, rtol=1e-6)


def test_a_file_may_hold_one_weight(tmp_path):
    save(tmp_path / "w.npz", {**ARRAYS, "other": BIAS})
    model = kc.load(spec(tmp_path, "- {dense: 2, initial: {kernel: w.npz, bias: [1, 2]}}"))
    assert_weights(model, "dense", {"kernel": KERNEL, "bias": np.array([1, 2], "float32")})


LAYERS = """
- {use: encoder, name: a}
- batch_normalization
- {residual: [{dense: 2}], name: skip}
"""
SHARED = f"{HEAD}  shared: {{encoder: [{{dense: 4}}, {{dense: 2}}]}}\n"
WITH_INITIAL = """
- {{use: encoder, name: a, initial: {file}}}
- {{batch_normalization: {{}}, initial: {file}}}
- {{residual: [{{dense: 2}}], name: skip, initial: {file}}}
"""


@pytest.mark.parametrize("name", ["m.h5", "m.safetensors"])
def test_a_model_of_kc_gives_its_weights_to_another(name, tmp_path):
    first = kc.load(spec(tmp_path, LAYERS, SHARED))
    drawn = np.random.default_rng(0)
    first.set_weights(
        {s: {n: drawn.normal(size=a.shape) for n, a in w.items()} for s, w in first.weights.items()}
    )
    first.save(tmp_path / "m.h5")
    if name != "m.h5":
        export = ["export", str(tmp_path / "m.h5"), "--format", "safetensors"]
        assert run([*export, "-o", str(tmp_path / name)]) == 0
    second = kc.load(spec(tmp_path, WITH_INITIAL.format(file=name), SHARED))
    for scope, arrays in first.weights.items():
        assert_weights(second, scope, dict(arrays))


def test_a_part_takes_arrays_called_by_its_layers(tmp_path):
    arrays = {"dense/kernel": np.ones((3, 4)), "dense/bias": np.ones(4),
              "dense_1/kernel": np.ones((4, 2)), "dense_1/bias": np.ones(2)}  # fmt: skip
    save(tmp_path / "e.npz", arrays)
    model = kc.load(spec(tmp_path, "- {use: encoder, initial: e.npz}", SHARED))
    assert_weights(model, "encoder/dense_1", {"kernel": np.ones((4, 2)), "bias": np.ones(2)})


def test_a_saved_model_needs_no_file(tmp_path):
    save(tmp_path / "w.npz", ARRAYS)
    kc.load(spec(tmp_path, "- {dense: 2, initial: w.npz}")).save(tmp_path / "m.h5")
    (tmp_path / "w.npz").unlink()
    assert_weights(kc.load(tmp_path / "m.h5"), "dense", ARRAYS)


TRAINED = """\
kc: 1
data: {source: {npz: {path: data.npz, inputs: [x], target: y}}}
model:
  inputs: {x: [3]}
  layers: [{dense: 2, initial: w.npz}]
training: {loss: mean_squared_error, optimizer: sgd, epochs: EPOCHS, callbacks: [{checkpoint: {}}]}
"""


def test_a_run_begins_with_the_file_and_resumes_without_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "w.npz", ARRAYS)
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    np.savez(tmp_path / "data.npz", x=x, y=(x @ KERNEL + BIAS).astype("float32"))
    path = tmp_path / "spec.yaml"
    path.write_text(TRAINED.replace("EPOCHS", "4"))
    whole = ["train", str(path), "-q", "--run-dir", "whole"]
    assert run(whole) == 0
    # The targets are the layer's own outputs, so that nothing is left to learn.
    np.testing.assert_allclose(
        kc.load("whole/model.h5").weights["dense"]["kernel"], KERNEL, 1e-5, 1e-6
    )
    assert run(["train", str(path), "-q", "--run-dir", "part", "--set", "training.epochs=2"]) == 0
    (tmp_path / "w.npz").unlink()
    assert run(["train", "part", "--resume", "-q", "--set", "training.epochs=4"]) == 0
    weights = [kc.load(f"{run}/model.h5").weights["dense"]["kernel"] for run in ("whole", "part")]
    np.testing.assert_array_equal(*weights)
    assert run([*whole[:-1], "again"]) == 1


def test_validating_opens_no_file(tmp_path):
    assert run(["validate", str(spec(tmp_path, "- {dense: 2, initial: no/such.npz}"))]) == 0


def test_generated_code_says_what_it_does_not_hold(tmp_path):
    save(tmp_path / "w.npz", ARRAYS)
    text = kc.load(spec(tmp_path, "- {dense: 2, initial: w.npz}")).to_python()
    assert '# "dense": w.npz' in text


def test_a_missing_file_is_named_at_its_place(tmp_path):
    save(tmp_path / "weights.npz", ARRAYS)
    text = message(tmp_path, "- {dense: 2, initial: wieghts.npz}")
    assert "spec.yaml:5:27" in text
    assert "there is no file `wieghts.npz`" in text
    assert "did you mean `weights.npz`?" in text


def test_a_file_outside_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    save(tmp_path / "w.npz", ARRAYS)
    (tmp_path / "in" / "link.npz").symlink_to(tmp_path / "w.npz")
    for file in ("../w.npz", str(tmp_path / "w.npz"), "link.npz"):
        text = message(tmp_path / "in", f"- {{dense: 2, initial: {file}}}")
        assert "lies outside of the spec's folder" in text


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        pytest.param({"kernel": KERNEL, "bais": BIAS}, "holds no `bias` for `dense`", id="missing"),
        pytest.param({"kernel": KERNEL, "bais": BIAS}, "did you mean `bais`?", id="nearly"),
        pytest.param(
            {**ARRAYS, "kernel": KERNEL.T}, "`kernel` in `w.npz` has [2, 3]", id="shape found"
        ),
        pytest.param(
            {**ARRAYS, "kernel": KERNEL.T},
            "`kernel` of `dense` has the shape [3, 2]",
            id="shape needed",
        ),
        pytest.param(
            {**ARRAYS, "scale": BIAS}, "holds `scale`, which `dense` has not", id="one too many"
        ),
        pytest.param({"other/kernel": KERNEL}, "holds no `kernel`", id="another layer's"),
    ],
)
def test_what_does_not_fit_is_said_at_the_place(arrays, said, tmp_path):
    save(tmp_path / "w.npz", arrays)
    text = message(tmp_path, "- {dense: 2, initial: w.npz}")
    assert "spec.yaml:5:27" in text
    assert said in text.replace("\n", " ")


def test_arrays_of_other_layers_do_not_matter(tmp_path):
    arrays = {f"dense/{name}": array for name, array in ARRAYS.items()}
    save(tmp_path / "w.npz", {**arrays, "other/kernel": BIAS})
    assert_weights(kc.load(spec(tmp_path, "- {dense: 2, initial: w.npz}")), "dense", ARRAYS)


def test_pickled_arrays_are_not_read(tmp_path):
    objects = np.empty(2, object)
    np.savez(tmp_path / "w.npz", kernel=KERNEL, bias=objects)
    assert "holds no `bias`" in message(tmp_path, "- {dense: 2, initial: w.npz}")


def test_a_file_of_keras_has_to_be_imported(tmp_path):
    import keras

    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]).save(tmp_path / "k.keras")
    text = message(tmp_path, "- {dense: 2, initial: k.keras}")
    assert "spec.yaml:5:27" in text
    assert "kc import" in text


def broken(path: Path, how: str) -> None:
    save(path, ARRAYS)
    content = path.read_bytes()
    match how:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "empty":
            path.write_bytes(b"")
        case "declared":
            # A header that declares more than follows.
            header = struct.pack("<HBB", 0x4E93, 0x55, 0x4D) + b"PY\x01\x00"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("kernel.npy", header + b"nonsense" * 20)
        case _:
            with zipfile.ZipFile(path, "a") as archive:
                archive.writestr("../outside.npy", b"x")


@pytest.mark.parametrize("how", ["cut", "empty", "declared", "outside"])
def test_damaged_files_are_refused_at_the_place(how, tmp_path):
    broken(tmp_path / "w.npz", how)
    text = message(tmp_path, "- {dense: 2, initial: w.npz}")
    assert "spec.yaml:5:27" in text
    assert "KC901" in text or "KC902" in text

"""Models go to Keras and come back, and predict the same on the way."""

from __future__ import annotations

import json
import warnings
from functools import reduce
from hashlib import sha256
from pathlib import Path

import keras
import numpy as np
import pytest

import kc
from kc.cli.main import run
from kc.compiler.graph.graph import Graph
from kc.compiler.pipeline import check, compile
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.core.registry import entries
from kc.interop.keras import facts, write
from kc.interop.keras.layout import inputs_of
from kc.interop.keras.values import RefusedError
from kc.library.layer import Composite
from tests.interop.models import MODELS, arrays_for, imported, save

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    path
    for folder in ("examples", "specs", "tests/emit/specs", "kc/cli/templates")
    for path in (ROOT / folder).rglob("*.yaml")
)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def predictions(model, arrays):
    given = model.predict(arrays if len(arrays) > 1 else arrays[0])
    return list(given.values()) if isinstance(given, dict) else [given]


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_an_imported_model_predicts_as_in_keras(name, suffix, tmp_path):
    theirs = MODELS[name]()
    assert imported(save(theirs, tmp_path / f"m{suffix}")) == 0
    ours = kc.load(tmp_path / "spec.h5")
    arrays = arrays_for(theirs)
    expected = theirs.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
    if isinstance(expected, dict):
        expected = list(expected.values())
    expected = expected if isinstance(expected, list | tuple) else [expected]
    assert_same(predictions(ours, arrays), expected)


@pytest.mark.parametrize("name", MODELS)
def test_json_and_weights_of_keras_belong_together(name, tmp_path):
    theirs = MODELS[name]()
    assert imported(save(theirs, tmp_path / "m.json")) == 0
    ours = kc.load(tmp_path / "spec.yaml")
    assert [tuple(t.shape) for t in ours._plan.model.inputs.values()] == [
        x.shape[1:] for x in theirs.inputs
    ]


def test_weights_alone_are_read_for_a_spec(tmp_path):
    theirs = MODELS["functional"]()
    assert imported(save(theirs, tmp_path / "m.json")) == 0
    path = save(theirs, tmp_path / "m.weights.h5")
    spec = str(tmp_path / "spec.yaml")
    assert run(["import", str(path), "--spec", spec, "-o", str(tmp_path / "m.model.h5")]) == 0
    ours = kc.load(tmp_path / "m.model.h5")
    arrays = arrays_for(theirs)
    assert_same(predictions(ours, arrays), list(theirs.predict(arrays[0], verbose=0).values()))


def test_loss_optimizer_and_metrics_become_training(tmp_path):
    model = MODELS["sequential"]()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 6)), np.ones((4, 2)), verbose=0)
    for suffix in (".keras", ".h5"):
        assert imported(save(model, tmp_path / f"m{suffix}")) == 0
        assert kc.load(tmp_path / "spec.h5").compiled.training is not None
        text = (tmp_path / "spec.yaml").read_text()
        assert "  loss: mean_squared_error\n  optimizer: adam\n" in text


def test_an_import_does_not_replace_its_own_file(tmp_path):
    path = save(MODELS["sequential"](), tmp_path / "m.h5")
    before = path.read_bytes()
    assert run(["import", str(path), "-o", str(tmp_path / "m.yaml")]) == 2
    assert path.read_bytes() == before


def test_a_frozen_layer_stays_frozen(tmp_path):
    model = MODELS["sequential"]()
    model.layers[1].trainable = False
    assert imported(save(model, tmp_path / "m.json")) == 0
    graph = checked((tmp_path / "spec.yaml").read_text())
    assert [node.trainable for node in graph.nodes] == [True, False, True, True]
    layers = json.loads(write.config_json(graph, "m"))["config"]["layers"]
    assert [x["config"].get("trainable", True) for x in layers] == [True, True, False, True, True]


def checked(text: str, folder: Path | None = None) -> Graph:
    report = Report()
    found = check(decode("spec.yaml", text.encode()), (), report, folder)
    assert found is not None, list(report)
    return found[1]


def plain(graph: Graph) -> list[object]:
    """What a graph computes, without names: layers, and what each takes and shares."""
    number = {name: f"input {i}" for i, name in enumerate(inputs_of(graph))}
    scopes: dict[str, int] = {}
    found: list[object] = []
    pending = list(graph.nodes)
    key = lambda node: tuple(number[name] for name in node.inputs)  # noqa: E731
    read = set(graph.outputs.values())
    for node in reversed(pending):
        read |= set(node.inputs) if node.name in read else set()
    # What only the training reads does not go to Keras.
    for node in [node for node in pending if node.name in read]:
        text = f"{key(node)}{node.layer.kind}{node.layer.arguments()}"
        # Whole texts would double at each skip connection.
        number[node.name] = sha256(text.encode()).hexdigest()
        scopes.setdefault(node.scope, len(scopes))
        found.append(number[node.name])
    return [sorted(found), [number[value] for value in graph.outputs.values()]]


def exportable(path: Path):
    """A compiled spec with random weights, and why Keras cannot hold it, if so."""
    compiled = compile(decode(path.name, path.read_bytes()), (), Report(), path.parent)
    try:
        write.config_json(compiled.graph, compiled.name)
    except RefusedError as refused:
        return compiled, refused.message
    return compiled, None


NOT_COVERED = {
    "custom_layer/spec.yaml": "a layer of a plugin",
    "digits_vae/spec.yaml": "an expression",
}
"""Specs that Keras cannot hold, and why; a spec with a new layer of kc is added here or covered."""


NEEDS_TENSORFLOW = {"text_table/spec.yaml"}
"""Specs with layers that Keras builds with TensorFlow only, which is not here."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", SPECS, ids=name_of)
def test_the_list_of_specs_that_are_not_covered_is_true(path):
    _, refused = exportable(path)
    assert (refused is not None) == (name_of(path) in NOT_COVERED), refused


LARGE = {"specs/gpt_small.yaml", "specs/nested_blocks.yaml"}
"""Specs that Keras compiles for long: with one of its formats always, with the other seldom."""


@pytest.mark.parametrize(
    ("path", "format"),
    [
        pytest.param(
            path,
            format,
            id=f"{name_of(path)}-{format}",
            marks=pytest.mark.slow if format == "keras-h5" and name_of(path) in LARGE else (),
        )
        for path in SPECS
        if name_of(path) not in {*NOT_COVERED, *NEEDS_TENSORFLOW}
        for format in ("keras", "keras-h5")
    ],
)
def test_a_model_comes_back_from_keras(path, format, tmp_path):
    ours = kc.load(path)
    rng = np.random.default_rng(3)
    ours.set_weights(
        {
            scope: {name: rng.uniform(-0.5, 0.9, w.shape) for name, w in named.items()}
            for scope, named in ours.weights.items()
        }
    )
    ours.save(tmp_path / "ours.h5")
    file = tmp_path / ("m.keras" if format == "keras" else "m.h5")
    exported = ["export", str(tmp_path / "ours.h5"), "--format", format, "-o", str(file)]
    assert run(exported) == 0

    theirs = keras.models.load_model(file)
    graph = ours.compiled.graph
    given = {
        name: rng.integers(0, 2, (3, *kind.shape)).astype(kind.dtype)
        for name, kind in graph.inputs.items()
    }
    # What only the training reads does not go to Keras.
    named = {name: given[name] for name in inputs_of(graph)}
    arrays = list(named.values())
    expected = predictions(ours, [given] if len(given) > 1 else arrays)
    answer = theirs.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
    names = list(ours.compiled.graph.outputs)
    answers = [answer[name] for name in names] if isinstance(answer, dict) else [answer]
    assert_same(expected, answers)

    assert imported(file) == 0
    back = kc.load(tmp_path / "spec.h5")
    given = back.predict(named if len(named) > 1 else arrays[0])
    assert_same(expected, [given[n] for n in names] if isinstance(given, dict) else [given])
    assert plain(back.compiled.graph) == plain(ours.compiled.graph)
    assert weights_of(back) == weights_of(ours)


def weights_of(model: kc.Model) -> list[tuple[tuple[int, ...], bytes]]:
    """Shapes and bytes of the weights, whatever their scopes are called."""
    graph, arrays = model.compiled.graph, model.weights
    read = set(graph.outputs.values())
    for node in reversed(graph.nodes):
        read |= set(node.inputs) if node.name in read else set()
    scopes = {node.scope for node in graph.nodes if node.name in read}
    names = model.compiled.program.weights
    found = [arrays[s][name] for s, own in names.items() if s in scopes for name in own]
    return sorted((array.shape, array.tobytes()) for array in found)


@pytest.mark.parametrize(
    "name", [p for p in SPECS if name_of(p) == "emit/convnet.yaml" or "convnet" in str(p)],
    ids=name_of,
)  # fmt: skip
def test_a_spec_without_parts_comes_back_word_for_word(name, tmp_path):
    compiled, _ = exportable(name)
    text = write.config_json(compiled.graph, compiled.name)
    (tmp_path / "m.json").write_text(text)
    assert imported(tmp_path / "m.json") == 0
    back = checked((tmp_path / "spec.yaml").read_text())
    assert [n.layer for n in back.nodes] == [n.layer for n in compiled.graph.nodes]


def test_each_layer_is_covered_or_named():
    known = {
        kind
        for kind, cls in entries("layer").items()
        if cls.__module__.startswith("kc.library.") and not issubclass(cls, Composite)
    }
    covered = {cls.kind for cls in facts.kinds("layer").values()}
    assert known - covered == facts.NOT_IN_KERAS
    assert covered >= set(facts.UNMAPPED)


@pytest.mark.parametrize("family", ["layer", "initializer", "regularizer", "constraint", "cell",
                                    "schedule", "optimizer", "loss", "metric"])  # fmt: skip
def test_each_class_exists_in_keras(family):
    module = reduce(getattr, facts.module_of(family).split(".")[1:], keras)
    missing = [name for name in facts.kinds(family) if not hasattr(module, name)]
    assert missing == []

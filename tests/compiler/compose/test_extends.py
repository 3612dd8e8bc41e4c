"""Specs over specs: what merges, what replaces, and which files are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kc.cli import main
from kc.compiler.compose import Options, compose
from kc.compiler.compose.merge import merge
from kc.compiler.source import limits
from kc.compiler.source.files import read_file
from kc.compiler.source.reader import read
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from kc.core.tree import plain, value_span
from tests.specs import ids


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    return inside


def composed(path: str = "spec.yaml", **options: object):
    """The tree of a file, or None, and what was found."""
    report = Report()
    tree = read(read_file(path), report)
    assert tree is not None
    options = {"folder": Path(path).parent, **options}
    return compose(tree, Options(**options), report), list(report)


def put(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def merged(base: str, over: str) -> object:
    report = Report()
    trees = [read(SourceText("a", text), report) for text in (base, over)]
    result = plain(merge(*trees, "x", report))
    assert not report.failed, list(report)
    return result


LAYERS = "model: {layers: [{dense: 8, name: head}, relu, {dense: {units: 4}}, {dropout: 0.5}]}"


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        pytest.param("a: {b: 1, c: 2}", "a: {c: 3, d: 4}", {"a": {"b": 1, "c": 3, "d": 4}},
                     id="maps merge"),
        pytest.param("a: [1, 2]", "a: [3]", {"a": (3,)}, id="lists replace"),
        pytest.param("a: {b: 1}", "a: null", {"a": None}, id="null is a value"),
        pytest.param("optimizer: {adam: {epsilon: 1}}", "optimizer: {sgd: 0.1}",
                     {"optimizer": {"sgd": 0.1}}, id="another entry replaces"),
        pytest.param("optimizer: {adam: {epsilon: 1}}", "optimizer: {adam: {beta_1: 2}}",
                     {"optimizer": {"adam": {"epsilon": 1, "beta_1": 2}}}, id="the same merges"),
        pytest.param("optimizer: adam", "optimizer: {adam: {beta_1: 2}}",
                     {"optimizer": {"adam": {"beta_1": 2}}}, id="a word and its arguments"),
        pytest.param("optimizer: {sgd: 0.1}", "optimizer: {sgd: {momentum: 0.9}}",
                     {"optimizer": {"sgd": {"learning_rate": 0.1, "momentum": 0.9}}},
                     id="a main argument and a map"),
        pytest.param("optimizer: {adam: {epsilon: 1}}", "optimizer: sgd", {"optimizer": "sgd"},
                     id="a word replaces"),
        pytest.param("inputs: {dense: [1]}", "inputs: {dropout: [2]}",
                     {"inputs": {"dense": (1,), "dropout": (2,)}}, id="names are no entries"),
        pytest.param("loss: {a: huber}", "loss: {b: poisson}", {"loss": {"a": "huber",
                     "b": "poisson"}}, id="losses of outputs"),
    ],
)  # fmt: skip
def test_what_merges(base, over, expected):
    assert merged(base, over) == expected


@pytest.mark.parametrize(
    ("patch", "layers"),
    [
        pytest.param("{head: {dense: {units: 2}}}",
                     ({"dense": {"units": 2}, "name": "head"}, "relu", {"dense": {"units": 4}},
                      {"dropout": 0.5}), id="an argument"),
        pytest.param("{head: {trainable: false}, relu: null, dense: null, dropout: null}",
                     ({"dense": 8, "name": "head", "trainable": False},), id="keys and removals"),
        pytest.param("{head: {lstm: 3}, relu: tanh, dense: {dense: {use_bias: false}}, "
                     "dropout: {dropout: 0.1}}",
                     ({"lstm": 3, "name": "head"}, {"tanh": {}},
                      {"dense": {"units": 4, "use_bias": False}}, {"dropout": 0.1}),
                     id="other entries"),
    ],
)  # fmt: skip
def test_a_map_patches_a_list_of_items(patch, layers):
    over = f"model: {{layers: {patch}}}"
    assert merged(LAYERS, over) == {"model": {"layers": layers}}


def test_later_bases_win_and_the_file_over_all():
    put(a="x: 1\ny: 1\nz: 1", b="y: 2\nz: 2", spec="extends: [a.yaml, b.yaml]\nz: 3")
    tree, found = composed()
    assert (plain(tree), found) == ({"x": 1, "y": 2, "z": 3}, [])


def test_bases_have_bases_relative_to_themselves():
    put(parts__a="extends: common/b.yaml\nx: 1", parts__common__b="x: 0\ny: 2",
        spec="extends: parts/a.yaml")  # fmt: skip
    assert plain(composed()[0]) == {"x": 1, "y": 2}


def test_variables_are_resolved_after_all():
    put(base="vars: {w: 1}\na: $w", spec="extends: base.yaml\nvars: {w: 2}")
    assert plain(composed()[0]) == {"a": 2}
    assert plain(composed(overrides=["vars.w=3"])[0]) == {"a": 3}


def test_values_of_a_base_have_their_place_in_it():
    put(base="a:\n  b: 1", spec="extends: base.yaml")
    assert str(value_span(composed()[0], ("a", "b"))) == "base.yaml:2:6"


def outside(folder: Path) -> Path:
    secret = folder.parent / "secret.yaml"
    secret.write_text("secret: 1")
    return secret


@pytest.mark.parametrize("way", ["../secret.yaml", "absolute", "a link", "a link to a folder"])
def test_nothing_outside_of_the_folder_is_read(way, folder):
    secret = outside(folder)
    path = way
    if way == "absolute":
        path = str(secret)
    elif way == "a link":
        path = "link.yaml"
        Path(path).symlink_to(secret)
    elif way == "a link to a folder":
        Path("up").symlink_to(folder.parent)
        path = "up/secret.yaml"
    put(spec=f"extends: {path}")
    tree, found = composed()
    assert (tree, ids(found)) == (None, ["KC016"])
    assert plain(composed(root=folder.parent)[0]) == {"secret": 1}


def test_links_inside_are_followed():
    put(base="a: 1", spec="extends: link.yaml")
    Path("link.yaml").symlink_to("base.yaml")
    assert plain(composed()[0]) == {"a": 1}


def test_a_pipe_is_no_base():
    os.mkfifo("pipe.yaml")
    put(spec="extends: pipe.yaml")
    assert ids(composed()[1]) == ["KC019"]


def test_a_device_is_no_base():
    put(spec="extends: /dev/zero")
    assert ids(composed(root=Path("/"))[1]) == ["KC019"]


@pytest.mark.parametrize(("files", "code"), [(limits.FAMILY_FILES, None), (17, "KC018")])
def test_files_are_bounded(files, code):
    for number in range(1, files):
        put(**{f"b{number}": "a: 1"})
    put(spec=f"extends: [{', '.join(f'b{n}.yaml' for n in range(1, files))}]")
    assert ids(composed()[1]) == ([code] if code else [])


def test_bytes_are_bounded(monkeypatch):
    monkeypatch.setattr(limits, "FAMILY_BYTES", 100)
    put(a="a: " + "x" * 60, b="b: " + "x" * 60, spec="extends: [a.yaml, b.yaml]")
    assert ids(composed()[1]) == ["KC018"]


def test_many_ways_to_one_file_do_not_multiply():
    put(b0="a: 1")
    for n in range(1, 12):
        put(**{f"b{n}": f"extends: [b{n - 1}.yaml, b{n - 1}.yaml]"})
    put(spec="extends: b11.yaml")
    assert ids(composed()[1]) == ["KC018"]


def test_a_spec_without_a_file_extends_nothing():
    put(spec="extends: a.yaml")
    assert ids(composed(folder=None)[1]) == ["KC019"]


def test_the_standard_input_is_in_the_current_folder(monkeypatch, capsys):
    class Stdin:
        class buffer:  # noqa: N801
            @staticmethod
            def read(most: int) -> bytes:
                return b"extends: base.yaml"

    put(base="kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}")
    monkeypatch.setattr("sys.stdin", Stdin)
    assert main.run(["validate", "-"]) == 0, capsys.readouterr().out


def test_profiles_are_laid_over_in_order():
    put(spec="a: 1\nb: 1\nprofiles: {p: {a: 2, b: 2}, q: {b: 3}}")
    assert plain(composed()[0]) == {"a": 1, "b": 1}
    assert plain(composed(profiles=["p", "q"])[0]) == {"a": 2, "b": 3}
    assert plain(composed(profiles=["q", "p"], overrides=["a=9"])[0]) == {"a": 9, "b": 2}


def test_profiles_of_a_base_are_known():
    put(base="a: 1\nprofiles: {p: {a: 2}}", spec="extends: base.yaml\nprofiles: {p: {b: 3}}")
    assert plain(composed(profiles=["p"])[0]) == {"a": 2, "b": 3}

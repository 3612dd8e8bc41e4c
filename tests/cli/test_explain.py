from __future__ import annotations

import sys

import pytest

from kc.cli import main, reference
from kc.cli.reference import pages
from kc.core.codes import CODES
from kc.core.registry import families


@pytest.fixture
def explain(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(["explain", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


ENTRIES = [(family, kind) for family, known in families().items() for kind in known]


@pytest.mark.parametrize(("family", "kind"), ENTRIES)
def test_every_entry_is_explained(explain, family, kind):
    code, out, _ = explain(kind)
    cls = families()[family][kind]
    assert code == 0
    assert f"# {kind}, a" in out
    assert all(f"- `{name}`: " in out for name in cls.model_fields)
    assert ": anything" not in out


@pytest.mark.parametrize("id", CODES)
def test_every_code_is_explained(explain, id):
    code, out, _ = explain(id.lower())
    assert code == 0
    assert out.startswith(f"# {id}\n")
    assert f"{CODES[id].title[1:]} ({CODES[id].severity}).\n" in out
    assert CODES[id].bad.splitlines()[0] in out
    assert CODES[id].good.splitlines()[0] in out


@pytest.mark.parametrize("name", [*families(), "layers", "losses", "metrics"])
def test_a_family_lists_its_entries(explain, name):
    code, out, _ = explain(name)
    assert code == 0
    family = next(f for f in families() if name.startswith(f))
    assert all(f"\n- `{kind}`:" in out for kind in families()[family])


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("training.batch_size", "- `batch_size`: a whole number above 0, default 32.\n"),
        ("conv2d.strides", "a list of 2 whole numbers above 0, default [1, 1].\n"),
        ("data.split.validation", "- `validation`: a number from 0 below 1, default 0.0.\n"),
        ("training", "- `optimizer`: an optimizer, default rmsprop.\n"),
        ("model", "- `shared`: a map from name to list of layers, default {}.\n"),
        ("checkpoint", "## Example\n"),
        ("dense", "`dense: VALUE` is short for `dense: {units: VALUE}`."),
        ("from", "The input or inputs, by name"),
    ],
)
def test_fields_and_sections(explain, what, expected):
    code, out, _ = explain(what)
    assert code == 0
    assert expected in out


def test_entries_of_one_name_are_all_shown(explain):
    out = explain("mean_squared_error")[1]
    assert "mean_squared_error, a loss" in out
    assert "mean_squared_error, a metric" in out


@pytest.mark.parametrize(
    ("what", "help"),
    [
        ("conv_2d", "did you mean `conv2d`?"),
        ("training.batchsize", "did you mean `training.batch_size`?"),
        ("zzz", "`kc explain` lists what there is"),
    ],
)
def test_the_unknown_gets_a_suggestion(explain, what, help):
    code, _, err = explain(what)
    assert code == 2
    assert help in err


def test_without_a_word_everything_is_listed(explain):
    out = explain()[1]
    assert all(kind in out for _, kind in ENTRIES)
    assert all(id in out for id in CODES)


@pytest.mark.parametrize(("family", "kind"), [("layer", "conv2d"), ("source", "digits")])
def test_what_is_explained_is_the_page_of_the_reference(explain, family, kind):
    page = pages()[f"{family}s/{kind}.md"]
    assert page.endswith(explain(kind)[1])


def test_pages_are_written_once_and_checked(tmp_path, monkeypatch):
    arguments = ["reference", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    reference.main()
    (tmp_path / "layers" / "no_such_layer.md").touch()
    (tmp_path / "layers" / "dense.md").write_text("something else")
    monkeypatch.setattr(sys, "argv", [*arguments, "--check"])
    with pytest.raises(SystemExit, match=r"(?s)dense\.md.*no_such_layer\.md"):
        reference.main()
    monkeypatch.setattr(sys, "argv", arguments)
    reference.main()
    written = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*.md")}
    assert {name: path.read_text() for name, path in written.items()} == pages()

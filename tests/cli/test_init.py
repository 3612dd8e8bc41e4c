from __future__ import annotations

from pathlib import Path

import pytest

from kc.cli import main
from kc.cli.init import TEMPLATES, template_text


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_written_and_valid_without_warnings(kc, template):
    code, _, err = kc("init", template)
    assert code == 0
    assert "kc train spec.yaml" in err
    assert kc("validate", "spec.yaml", "--strict") == (0, "spec.yaml: ok\n", "")


def test_each_template_file_is_offered():
    folder = Path(main.__file__).parent / "templates"
    assert {path.stem for path in folder.glob("*.yaml")} == set(TEMPLATES)


def test_nothing_is_overwritten_unasked(kc):
    Path("spec.yaml").write_text("mine")
    code, _, err = kc("init")
    assert code == 2
    assert "`spec.yaml` exists" in err
    assert Path("spec.yaml").read_text() == "mine"


def test_force_overwrites(kc):
    Path("spec.yaml").write_text("mine")
    assert kc("init", "digits_convnet", "--force")[0] == 0
    assert Path("spec.yaml").read_text() == template_text("digits_convnet")


def test_the_output_has_a_name(kc):
    assert kc("init", "-o", "mine.yaml")[0] == 0
    assert Path("mine.yaml").exists()


def test_an_unknown_template_gets_a_suggestion(kc):
    code, _, err = kc("init", "digits_mpl")
    assert code == 2
    assert "did you mean `digits_mlp`?" in err


def test_a_folder_that_does_not_exist_is_named(kc):
    code, _, err = kc("init", "-o", "no/spec.yaml")
    assert code == 2
    assert "cannot write `no/spec.yaml`" in err


def test_list_writes_nothing(kc):
    code, out, _ = kc("init", "--list")
    assert code == 0
    assert all(name in out for name in TEMPLATES)
    assert not Path("spec.yaml").exists()

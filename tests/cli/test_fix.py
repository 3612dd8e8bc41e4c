"""``kc validate --fix`` and ``--diff``."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from kc.cli import main
from tests.diagnostics.test_diagnostics import CASE, PAGES

HEAD = "kc: 1\nmodel:\n  inputs: {x: [4]}\n  layers:\n"
TYPO = f"{HEAD}    - dense: {{unit: 1}}  # a comment\n"
MENDED = f"{HEAD}    - dense: {{units: 1}}  # a comment\n"


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    """Runs `kc validate` in an empty folder; exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(["validate", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_misspelt_key_is_mended(kc):
    Path("spec.yaml").write_text(TYPO)
    code, out, err = kc("spec.yaml", "--fix")
    assert (code, out) == (0, "spec.yaml: ok\n")
    assert err == "fixed spec.yaml:5:15: KC101: write `units`\n"
    assert Path("spec.yaml").read_text() == MENDED


def test_what_is_left_is_reported(kc):
    Path("spec.yaml").write_text(f"{TYPO}    - no_such_layer\n")
    code, out, _ = kc("spec.yaml", "--fix")
    assert code == 1
    assert "no_such_layer" in out
    assert "`unit`" not in out


def test_one_fix_uncovers_the_next(kc):
    Path("spec.yaml").write_text(f"{HEAD}    - dens: {{unit: 1}}\n    - batch_normalization\n")
    assert kc("spec.yaml", "--fix")[0] == 0
    assert "- dense: {units: 1, use_bias: false}\n" in Path("spec.yaml").read_text()


def test_a_difference_changes_nothing(kc):
    Path("spec.yaml").write_text(TYPO)
    code, out, _ = kc("spec.yaml", "--diff")
    assert code == 1
    assert "-    - dense: {unit: 1}  # a comment\n+    - dense: {units: 1}  # a comment\n" in out
    assert Path("spec.yaml").read_text() == TYPO
    Path("spec.yaml").write_text(MENDED)
    assert kc("spec.yaml", "--diff") == (0, "", "")


def test_line_ends_mark_and_permissions_stay(kc):
    path = Path("spec.yaml")
    path.write_bytes(b"\xef\xbb\xbf" + TYPO.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    assert kc("spec.yaml", "--fix")[0] == 0
    assert path.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in Path().iterdir()] == ["spec.yaml"]


def test_a_link_stays_a_link(kc):
    Path("real.yaml").write_text(TYPO)
    Path("spec.yaml").symlink_to("real.yaml")
    assert kc("spec.yaml", "--fix")[0] == 0
    assert Path("spec.yaml").is_symlink()
    assert Path("real.yaml").read_text() == MENDED


def test_the_standard_input_is_printed_mended(kc, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TYPO.encode())))
    assert kc("-", "--fix") == (0, MENDED, "fixed <stdin>:5:15: KC101: write `units`\n")


def test_a_base_is_not_touched(kc):
    Path("base.yaml").write_text(TYPO)
    Path("spec.yaml").write_text("extends: base.yaml\n")
    assert kc("spec.yaml", "--fix")[0] == 1
    assert Path("base.yaml").read_text() == TYPO


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_changes_from_outside_are_not_written(kc, option):
    Path("spec.yaml").write_text(TYPO)
    code, _, err = kc("spec.yaml", option, "--set", "model.layers=[dens]")
    assert code == 2
    assert "leave out `--set`" in err


def test_a_doubtful_word_is_left(kc):
    text = f"{HEAD}    - dense: {{units: 1, unit: 2}}\n"
    Path("spec.yaml").write_text(text)
    assert kc("spec.yaml", "--fix")[0] == 1
    assert Path("spec.yaml").read_text() == text


def test_an_unreadable_file_is_reported_once(kc):
    code, out, _ = kc("missing.yaml", "--fix")
    assert code == 2
    assert out.count("error[KC015]") == 1


def test_programs_see_the_fix(kc):
    Path("spec.yaml").write_text(TYPO)
    (found,) = json.loads(kc("spec.yaml", "--format", "json")[1])
    assert found["fix"]["title"] == "write `units`"
    assert found["fix"]["safe"] is True
    (edit,) = found["fix"]["edits"]
    assert (edit["line"], edit["column"], edit["end_column"], edit["text"]) == (5, 15, 19, "units")


CASES = [
    pytest.param(case["spec"], id=f"{page.stem}: {case['title']}")
    for page in PAGES
    for case in CASE.finditer(page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("text", CASES)
def test_fixes_end_and_uncover_no_broken_text(kc, text):
    path = Path("spec.yaml")
    path.write_text(text, encoding="utf-8")
    before = {found["code"] for found in json.loads(kc("spec.yaml", "--format", "json")[1])}
    kc("spec.yaml", "--fix")
    after = {found["code"] for found in json.loads(kc("spec.yaml", "--format", "json")[1])}
    assert not {id for id in after - before if id.startswith(("KC0", "KC1"))}
    assert kc("spec.yaml", "--diff")[1] == ""

"""Every code says what it means, and the pages show it where a spec alone can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kc.compiler.compose import Options
from kc.compiler.pipeline import check
from kc.compiler.source.files import read_file
from kc.core import codes
from kc.core.codes import CODES, SERIES
from kc.core.diagnostic import Code, Report, Severity
from tests.fragments import files

ELSEWHERE = {
    "KC002": "bytes that are not text",
    "KC010": "a file of more than a megabyte",
    "KC013": "a value of more than 64 KB",
    "KC015": "a file that cannot be read",
    "KC020": "a lock beside the spec",
    "KC021": "a lock beside the spec",
    "KC022": "a lock beside the spec",
    "KC110": "a plugin, which runs in no page",
    "KC111": "a plugin, which runs in no page",
    "KC305": "a model of more than 20,000 layers",
    "KC311": "a file that is read before training",
}
"""Codes that a page of Markdown cannot show well; other tests do."""
NOT_A_SPEC = {
    "KC018": "a spec of many files",
    "KC011": "a spec of a hundred thousand values",
    "KC012": "a spec of 65 levels",
    "KC206": "a command line",
    "KC222": "a command line",
}
"""Codes whose example is no spec that could be checked."""
SHOWN = {
    id
    for page in Path(__file__).parent.glob("*.md")
    for id in re.findall(
        r"^(?:error|warning)\[(KC\d+)\]", page.read_text(encoding="utf-8"), re.MULTILINE
    )
}
"""Codes that the pages show."""


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.id)
def test_a_code_explains_itself(code):
    assert re.fullmatch(r"KC[0-9]{3}", code.id)
    assert code.id[2] in SERIES
    assert code.title
    assert not code.title.endswith(".")
    assert code.why.endswith(".")
    assert code.bad
    assert code.good
    assert code.bad != code.good


def test_ids_are_unique():
    declared = [value for value in vars(codes).values() if isinstance(value, Code)]
    assert sorted(code.id for code in declared) == sorted(CODES)


def test_titles_are_unique():
    titles = [code.title for code in CODES.values()]
    assert len(titles) == len(set(titles))


def test_lints_are_warnings():
    lints = [code for code in CODES.values() if code.id.startswith("KC8")]
    assert all(code.severity is Severity.WARNING for code in lints)


def test_each_code_of_a_spec_has_a_page():
    of_specs = {id for id in CODES if id[2] in "01238"}
    assert of_specs - SHOWN == set(ELSEWHERE)


def found(fragment: str, code: Code) -> list[str]:
    """Codes of what checking an example finds. YAML's own are about the text as it stands."""
    texts = files(fragment, as_written=code.id.startswith("KC0"))
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    report = Report()
    check(read_file(next(iter(texts))), Options(folder=Path()), report)
    return [diagnostic.code.id for diagnostic in report]


@pytest.mark.parametrize("id", sorted(SHOWN - set(NOT_A_SPEC)))
def test_examples_are_true(id, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = CODES[id]
    assert id in found(code.bad, code)
    mended = found(code.good, code)
    assert mended == [] if not id.startswith("KC0") else id not in mended

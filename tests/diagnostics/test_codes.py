"""Every code says what it means, and the pages show it where a spec alone can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kc.core import codes
from kc.core.codes import CODES
from kc.core.diagnostic import Code, Severity

ELSEWHERE = {
    "KC002": "bytes that are not text",
    "KC010": "a file of more than a megabyte",
    "KC013": "a value of more than 64 KB",
    "KC015": "a file that cannot be read",
    "KC110": "a plugin, which runs in no page",
    "KC111": "a plugin, which runs in no page",
    "KC305": "a model of more than 20,000 layers",
    "KC311": "a file that is read before training",
}
"""Codes that a page of Markdown cannot show well; other tests do."""


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.id)
def test_a_code_explains_itself(code):
    assert re.fullmatch(r"KC[0-9]{3}", code.id)
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
    text = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("*.md"))
    shown = set(re.findall(r"^(?:error|warning)\[(KC\d+)\]", text, re.MULTILINE))
    of_specs = {id for id in CODES if id[2] in "01238"}
    assert of_specs - shown == set(ELSEWHERE)

"""Specs beside Keras code for the same work, as ``docs/compactness.md`` shows them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks.compactness import GOAL, PAIRS, page, pairs, tokens
from kc.cli.main import run

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.name)
def test_a_spec_takes_at_most_three_fifths_of_the_tokens(pair):
    assert pair.ratio <= GOAL


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.name)
def test_both_sources_are_whole(pair, capsys):
    assert run(["validate", str(PAIRS / f"{pair.name}.yaml"), "--strict"]) == 0, capsys.readouterr()
    names = {
        node.attr for node in ast.walk(ast.parse(pair.code)) if isinstance(node, ast.Attribute)
    }
    assert {"fit", "compile"} <= names or {"value_and_grad", "stateless_apply"} <= names


def test_the_page_shows_the_sources_and_the_counts():
    assert (ROOT / "docs" / "compactness.md").read_text() == page()


def test_comments_and_blanks_are_no_tokens():
    assert tokens("a: {b: 1}  # why\n\n# all of it\n") == tokens("a:{b:1}") == 7

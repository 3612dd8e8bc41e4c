from __future__ import annotations

import time

import pytest

from kc.compiler.source.comments import comments
from kc.core.span import SourceText


def found(text: str) -> list[str]:
    return [comment.text for comment in comments(SourceText("spec.yaml", text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1  # one\n", ["# one"], id="after a value"),
        pytest.param("# top\na: 1\n# end", ["# top", "# end"], id="around the document"),
        pytest.param('a: "x # y"  # one', ["# one"], id="beside double quotes"),
        pytest.param("a: 'x '' # y'  # one", ["# one"], id="beside single quotes"),
        pytest.param('a: "x\n  # y"\n', [], id="inside of quotes over two lines"),
        pytest.param("a: x#y # one", ["# one"], id="after a plain scalar with a mark"),
        pytest.param("a: x\n  y # one\nb: 2", ["# one"], id="after a plain scalar of two lines"),
        pytest.param("a: | # head\n  # text\n# end", ["# head", "# end"], id="block scalar"),
        pytest.param("a: >-\n  # text\n\nb: 2 # b", ["# b"], id="folded scalar"),
        pytest.param("a: [1, # one\n 2] # two", ["# one", "# two"], id="inside of a list"),
        pytest.param("a: &x {b: 1} # one\nc: *x # two", ["# one", "# two"], id="beside an alias"),
        pytest.param("a: é # one\r\nb: 𝄞 # two\rc: 3 # three", ["# one", "# two", "# three"],
                     id="line ends and wide characters"),
        pytest.param("a: 1 # x # y", ["# x # y"], id="a mark inside of a comment"),
        pytest.param("", [], id="nothing"),
    ],
)  # fmt: skip
def test_comments_are_what_yaml_passes_over(text, expected):
    assert found(text) == expected


def test_a_comment_knows_its_place():
    text = SourceText("spec.yaml", "é: 1\r\n  # alone\r\nb: 2 # beside")
    alone, beside = comments(text)
    assert (alone.span.line, alone.span.column, alone.span.end_column) == (2, 3, 10)
    assert (beside.span.line, beside.span.column, beside.span.end_column) == (3, 6, 14)
    assert (alone.alone, beside.alone) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["# kc: ignore\n" * 70_000, "a: [" + "x, " * 300_000 + "]", "a: " + "#" * 900_000,
     "a: |\n" + "  # x\n" * 150_000, "a: 1 " + "# " * 450_000],
    ids=["comments", "values", "marks", "block", "one line"],
)  # fmt: skip
def test_comments_of_a_large_text_are_found_at_once(text):
    start = time.perf_counter()
    found(text)
    assert time.perf_counter() - start < 5

"""What comes from a spec cannot change the meaning of generated code."""

from __future__ import annotations

import ast
import keyword
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kc.emit.names import (
    EmitError,
    Identifiers,
    comment,
    docstring,
    identifier,
    string,
    value,
)


def no_names(thing: object) -> str:
    raise AssertionError(thing)


@given(st.text())
def test_identifiers_are_identifiers(text):
    name = identifier(text)
    assert name.isascii()
    assert name.isidentifier()
    assert not keyword.iskeyword(name)


def test_identifiers_are_given_out_once():
    names = Identifiers({"dense"})
    assert [names.fresh(n) for n in ("dense", "dense", "a/b", "a b", "print", "lambda")] == [
        "dense_0",
        "dense_1",
        "a_b",
        "a_b_0",
        "print_0",
        "lambda_",
    ]


@given(st.text())
def test_strings_mean_themselves(text):
    assert ast.literal_eval(string(text)) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [("a", '"a"'), ("it's", '"it\'s"'), ('a"b', "'a\"b'"), ("a\nb", '"a\\nb"')],
)
def test_strings_have_the_quotes_of_ruff(text, printed):
    assert string(text) == printed


@given(st.text())
def test_comments_are_one_line(text):
    assert len(comment(text).splitlines()) == 1


@given(st.text())
def test_docstrings_are_one_expression(text):
    (statement,) = ast.parse(docstring(text, "end")).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


@pytest.mark.parametrize(
    ("thing", "printed"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (1e-7, "1e-07"),
        (math.inf, 'float("inf")'),
        (-math.inf, 'float("-inf")'),
        ("same", '"same"'),
        ((1,), "(1,)"),
        ((), "()"),
        ((1, (2.0, None)), "(1, (2.0, None))"),
        ([1, "a"], '[1, "a"]'),
    ],
)
def test_settings_are_printed(thing, printed):
    assert value(thing, no_names) == printed


def test_a_setting_that_is_no_plain_value_is_refused():
    with pytest.raises(EmitError, match="cannot be written"):
        value(object(), no_names)

from __future__ import annotations

import pytest

from kc.compiler.source.reader import read
from kc.core.diagnostic import Report
from kc.core.fix import Edit, Fix, Written, add_argument, apply, replace_word
from kc.core.span import SourceText, Span
from kc.core.text import misspelt
from kc.core.tree import values_by_key


def place(source: SourceText, word: str) -> Span:
    line, column = source.position(source.text.index(word))
    return Span(source, line, column, line, column + len(word))


def fixed(text: str, *words: tuple[str, str]) -> str:
    source = SourceText("spec.yaml", text)
    fixes = [replace_word(place(source, old), old, new) for old, new in words]
    return apply(source, fixes)[0].text


def test_fixes_are_applied_where_they_belong():
    assert fixed("é: [one, two]\r\nb: three", ("three", "3"), ("one", "1")) == (
        "é: [1, two]\r\nb: 3"
    )


def test_of_fixes_that_meet_the_first_is_applied():
    source = SourceText("spec.yaml", "abc")
    word, part = Span(source, 1, 1, 1, 4), Span(source, 1, 2, 1, 3)
    fixes = [replace_word(word, "abc", "x"), replace_word(part, "b", "y")]
    result, applied = apply(source, fixes)
    assert (result.text, len(applied)) == ("x", 1)


def test_two_texts_for_one_place_wait_for_each_other():
    source = SourceText("spec.yaml", "ab")
    between = Span(source, 1, 2, 1, 2)
    fixes = [Fix("add 1", (Edit(between, "", "1"),)), Fix("add 2", (Edit(between, "", "2"),))]
    assert apply(source, fixes)[0].text == "a1b"


def test_a_fix_that_does_not_fit_is_left_out():
    source = SourceText("spec.yaml", "other")
    assert apply(source, [replace_word(place(source, "other"), "word", "x")])[1] == []


def test_edits_of_one_fix_stay_together():
    source = SourceText("spec.yaml", "a b c")
    edits = tuple(Edit(place(source, old), old, old.upper()) for old in "ca")
    assert apply(source, [Fix("shout", edits)])[0].text == "A b C"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: {dense: 8}", "a: {dense: {units: 8, use_bias: false}}"),
        ("a: {dense: $width}", "a: {dense: {units: $width, use_bias: false}}"),
        ("dense: {units: 8}", "dense: {units: 8, use_bias: false}"),
        ("dense: { units: 8 }", "dense: { units: 8, use_bias: false }"),
        ("dense: {units: 8,}", "dense: {use_bias: false, units: 8,}"),
        ("dense: {units: 8  # }\n }", "dense: {use_bias: false, units: 8  # }\n }"),
        ("dense: {}", "dense: {use_bias: false}"),
        ("dense:\n  units: 8\n", "dense:\n  use_bias: false\n  units: 8\n"),
        ("dense:\r\n    units: 8", "dense:\r\n    use_bias: false\r\n    units: 8"),
        ("dense: # why\n  units: 8", "dense: # why\n  use_bias: false\n  units: 8"),
    ],
)
def test_an_argument_is_added_in_the_style_of_the_entry(before, after):
    source = SourceText("spec.yaml", before)
    tree = read(source, Report())
    assert tree is not None
    key = next(key for key, _ in values_by_key(tree) if key.text == "dense")
    value = Written(tree).value(key)
    assert value is not None
    fix = add_argument(value, "units", "use_bias: false", title="add it")
    assert fix is not None
    assert apply(source, [fix])[0].text == after


def test_a_value_from_elsewhere_is_not_touched():
    source = SourceText("spec.yaml", "a: &x {units: 8}\ndense: *x")
    tree = read(source, Report())
    assert tree is not None
    key = next(key for key, _ in values_by_key(tree) if key.text == "dense")
    assert Written(tree).value(key) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("unit", "units"), ("unitss", "units"), ("untis", "units"), ("unots", "units"),
        ("nuits", "units"), ("uints", "units"), ("units", None), ("conv4d", None), ("unt", None),
        ("", None), ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_a_word_one_edit_away_is_what_was_meant(name, meant):
    assert misspelt(name, ["units", "conv1d", "conv2d", "conv3d"]) == meant

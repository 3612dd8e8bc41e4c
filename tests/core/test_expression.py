import math
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kc.core.expression import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_TOKENS,
    ExpressionError,
    condition,
    evaluate,
    looks_like_expression,
)
from tests.strategies import expressions

NAMES = {"width": 64, "rate": 0.5, "word": "relu", "flag": True, "sizes": (1, 2)}


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-3", 1e-3),
        ("2E2", 200.0),
        ("010", 10),
        ("4*$width", 256),
        ("$width // 3", 21),
        ("$width % 5", 4),
        ("1/16", 0.0625),
        ("4/2", 2.0),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 - 4 - 3", 3),
        ("16 / 4 / 2", 2.0),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("2**-1", 0.5),
        ("-2**-1", -0.5),
        ("(-2)**2", 4),
        ("0**0", 1),
        ("2**63", 2**63),
        ("--3", 3),
        ("+-+3", -3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("min(3, $rate)", 0.5),
        ("max(1, 2, 3)", 3),
        ("min(4)", 4),
        ("max(min(1, 2), 0) * 2", 2),
        ("  1  +  1  ", 2),
        ("$rate*2", 1.0),
        ("1e0", 1.0),
    ],
)
def test_value(text, value):
    result = evaluate(text, NAMES)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "syntax", "expected a number, found the end"),
        ("4 * (2", "syntax", "expected `)`, found the end"),
        ("4 * 2)", "syntax", "unexpected `)` in `4 * 2)`"),
        ("4 4", "syntax", "unexpected `4` in `4 4`"),
        ("1 +", "syntax", "expected a number, found the end"),
        ("* 2", "syntax", "expected a number, found `*`"),
        ("min 3", "syntax", "expected `(`, found `3`"),
        ("min()", "syntax", "expected a number, found `)`"),
        ("abs(1)", "syntax", "`abs(1)` is not part of the language of expressions"),
        ("__import__('os')", "syntax", None),
        ("minimum", "syntax", "`minimum` is not part of the language of expressions"),
        ("1 if 2 else 3", "syntax", None),
        ("1 = 1", "syntax", None),
        ("$", "syntax", None),
        ("${width}", "syntax", None),
        ("$widht", "name", "nothing is called `$widht`"),
        ("$word * 2", "value", "`$word` is not a number"),
        ("$flag + 1", "value", "`$flag` is not a number"),
        ("$sizes", "value", "`$sizes` is not a number"),
        ("1 / 0", "value", "division by zero"),
        ("1 // 0", "value", "division by zero"),
        ("1 % 0.0", "value", "division by zero"),
        ("0 ** -1", "value", "`0 ** -1` has no value"),
        ("(-8) ** 0.5", "value", "`-8 ** 0.5` is no real number"),
        ("1e999", "limit", "a value of the expression is not finite"),
        ("9**9**9", "limit", "a power in the expression is too large"),
        ("2**64", "limit", None),
        ("2**63 * 2", "limit", "a value of the expression is beyond 2^63"),
        ("1e18 * 1e18", "limit", "a value of the expression is beyond 2^63"),
        ("1" * 30, "limit", "a value of the expression is beyond 2^63"),
        ("(1 - 1e-16 * 2) ** 1e300", "limit", None),
        ("(-1) ** 1e308", "limit", None),
    ],
)
def test_refusal(text, kind, message):
    error = refusal(text)
    assert error.kind == kind
    assert message is None or error.message == message


def test_a_name_error_tells_the_name():
    assert refusal("1 + $widht").name == "widht"


def test_characters_at_the_limit():
    assert evaluate("1".rjust(MAX_CHARACTERS), {}) == 1
    assert refusal("1".rjust(MAX_CHARACTERS + 1)).kind == "limit"


def test_tokens_at_the_limit():
    signs = MAX_DEPTH  # signs nest, so most parts have to be terms
    terms = (MAX_TOKENS - signs) // 2
    text = "-" * signs + "1" + "+1" * (terms - 1) + "+"
    assert len(text.replace(" ", "")) == MAX_TOKENS
    assert refusal(text).kind == "syntax"
    assert refusal(text + "1").kind == "limit"


def test_64_tokens_have_a_value():
    text = "-" + "1+" * 31 + "1"
    assert evaluate(text, {}) == 30
    assert refusal("-" + text).kind == "limit"


@pytest.mark.parametrize(
    "nested",
    [
        pytest.param(lambda depth: "(" * depth + "1" + ")" * depth, id="parentheses"),
        pytest.param(lambda depth: "-" * depth + "1", id="signs"),
        pytest.param(lambda depth: "**".join(["1"] * (depth + 1)), id="powers"),
    ],
)
def test_depth_at_the_limit(nested):
    assert abs(evaluate(nested(MAX_DEPTH), {})) == 1
    assert refusal(nested(MAX_DEPTH + 1)).kind == "limit"


def test_integers_at_the_limit():
    assert evaluate("2**63", {}) == MAX_INTEGER
    assert refusal("2**63 + 1").kind == "limit"
    assert evaluate("-2**63", {}) == -MAX_INTEGER


def test_a_variable_beyond_the_limit_is_refused():
    with pytest.raises(ExpressionError) as caught:
        evaluate("$big", {"big": 2**70})
    assert caught.value.kind == "limit"


@pytest.mark.parametrize(
    "text", ["-" * 100_000 + "1", "(" * 100_000, "1+" * 20_000 + "1", "9**" * 80 + "9", "9" * 5000]
)
def test_hostile_text_ends_at_once(text):
    assert refusal(text).kind == "limit"


@given(st.text(max_size=300))
def test_any_text_has_a_bounded_value_or_an_error(text):
    try:
        value = evaluate(text, NAMES)
    except ExpressionError as error:
        assert error.kind in {"syntax", "limit", "value", "name"}  # noqa: PT017
    else:
        assert math.isfinite(value)
        assert abs(value) <= MAX_INTEGER


@given(st.text(alphabet="0123456789.eE+-*/%()$, minax_", max_size=80))
def test_any_text_of_the_alphabet_has_a_bounded_value_or_an_error(text):
    try:
        value = evaluate(text, {"a": 3, "m": -0.5})
    except ExpressionError:
        return
    assert math.isfinite(value)
    assert abs(value) <= MAX_INTEGER


@given(expressions())
def test_values_are_those_of_python(text):
    try:
        value = evaluate(text, {})
    except ExpressionError as error:
        if error.kind == "value":
            with pytest.raises((ZeroDivisionError, OverflowError)):
                _python(text)
        else:
            assert error.kind == "limit"  # noqa: PT017
    else:
        expected = _python(text)
        assert value == expected
        assert type(value) is type(expected)


def _python(text: str) -> object:
    value = eval(text, {"__builtins__": {}, "min": min, "max": max})
    if isinstance(value, complex):
        raise OverflowError
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4*$width", True),
        ("1/16", True),
        ("$a", True),
        ("max(1, 2)", True),
        ("1 +", True),
        ("relu", False),
        ("same", False),
        ("", False),
        ("   ", False),
        ("many layers", False),
        ("minimum", False),
    ],
)
def test_words_are_told_from_expressions(text, expected):
    assert operator.truth(looks_like_expression(text)) is expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("not false and true", True),
        ("$flag or $number > 1", True),
        ("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 == 1 and 1 != 2", True),
        ("not $number + 1 > 3", True),
        ("(1 > 2 or 2 > 1) and not (1 > 2)", True),
        ("$word == 'relu' and $word != \"gelu\"", True),
        ("2 ** 3 == 8", True),
        ("false or false and true", False),
    ],
)
def test_a_condition_holds_or_not(text, value):
    assert condition(text, {"flag": False, "number": 2, "word": "relu"}) is value


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("$number", "value", "`2` is neither true nor false"),
        ("1 < 2 < 3", "value", "`true` is not a number"),
        ("true and 1", "value", "`1` is neither true nor false"),
        ("'a' < 'b'", "value", "`a` is not a number"),
        ("$number >", "syntax", "expected a number, found the end"),
        ("$q == 1", "name", "nothing is called `$q`"),
        ("not " * 20 + "true", "limit", None),
        ("__import__('os') == 1", "syntax", None),
        ("9**9**9 > 1", "limit", "a power in the expression is too large"),
    ],
)
def test_a_condition_without_a_value_is_refused(text, kind, message):
    with pytest.raises(ExpressionError) as refused:
        condition(text, {"number": 2})
    assert refused.value.kind == kind
    assert message is None or refused.value.message == message


@pytest.mark.parametrize("text", ["1 < 2", "true", "1 and 2", "'a'"])
def test_comparisons_are_no_arithmetic(text):
    with pytest.raises(ExpressionError):
        evaluate(text, {})

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.specs import ids, reading, scalar_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1e3", 1000.0),
        ("1E3", 1000.0),
        ("+.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        (".5e1", 5.0),
        ("12e03", 12000.0),
        ("-0.0", -0.0),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("0o18", "0o18"),
        ("-0x1F", "-0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("NULL", None),
        ("~", None),
        ("nil", "nil"),
        ("2026-01-01", "2026-01-01"),
        ("2026-13-45", "2026-13-45"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("1e", "1e"),
        ("e5", "e5"),
        ("-", None),
        (".", "."),
        ("..", ".."),
        ("infinity", "infinity"),
        ("nan", "nan"),
        ("0.1", 0.1),
        ("1/16", "1/16"),
        ("'12'", "12"),
        ('"true"', "true"),
        ('"\\u00e9"', "é"),
        ("| \n 12\n", "12\n"),
        ("> \n a\n b\n", "a b\n"),
    ],
)
def test_unquoted_words_follow_yaml_1_2(text, value):
    found = scalar_of(text) if text != "-" else None
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".inf", "the value is not finite"),
        ("-.INF", "the value is not finite"),
        ("+.Inf", "the value is not finite"),
        (".nan", "the value is not finite"),
        ("1e999", "the number is too large"),
        ("9" * 500, "the number is too large"),
        ("9" * 5000, "the number is too large"),
        ("0." + "1" * 500, "the number is too large"),
        ("0x" + "F" * 500, "the number is too large"),
        ("9223372036854775808", "the number does not fit 64 bits"),
        ("-9223372036854775809", "the number does not fit 64 bits"),
        ("0x8000000000000000", "the number does not fit 64 bits"),
    ],
)
def test_a_number_beyond_64_bits_is_refused(text, message):
    (finding,) = reading(f"a: {text}")
    assert (finding.code.id, finding.message) == ("KC014", message)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_a_number_of_64_bits_is_kept(number):
    assert scalar_of(str(number)) == number


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_read_back(number):
    assert scalar_of(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back(number):
    assert scalar_of(repr(number)) == number


@given(st.text("0123456789.eE+-x", min_size=1, max_size=12))
def test_anything_that_resembles_a_number_is_one_or_a_word(text):
    assert ids(reading(f"a: {text}")) in ([], ["KC001"], ["KC014"], ["KC008"])

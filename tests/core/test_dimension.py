"""Sizes that only the data know compute as the numbers that they stand for."""

import re
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kc.core.dimension import MAX_PARTS, Dimension, UnknownSizeError, bounded, surely_below, total
from kc.core.shape_error import ShapeError
from kc.core.sizes import divide

TIME, WIDTH = Dimension.named("time"), Dimension.named("width")
quickly = settings(deadline=None, max_examples=300, derandomize=True, database=None)


def formulas() -> st.SearchStrategy[str]:
    """Python expressions over two sizes and numbers."""
    leaves = st.one_of(st.sampled_from(["time", "width"]), st.integers(-6, 6).map(str))

    def larger(inner):
        sums = st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({' '.join(t)})")
        quotients = st.tuples(inner, st.integers(1, 5)).map(lambda t: f"({t[0]} // {t[1]})")
        return st.one_of(sums, quotients, inner.map(lambda text: f"(-{text})"))

    return st.recursive(leaves, larger, max_leaves=8)


def value(text, time, width):
    return eval(text, {"time": time, "width": width})


@quickly
@given(formulas(), st.integers(1, 40), st.integers(1, 40))
def test_a_size_is_its_number(text, time, width):
    try:
        size = value(text, TIME, WIDTH)
    except ShapeError:
        return  # too long
    wanted = value(text, time, width)
    if isinstance(size, int):
        assert size == wanted
        return
    assert size.at({"time": time, "width": width}) == wanted
    partly = size.at({"time": time})
    assert (partly if isinstance(partly, int) else partly.at({"width": width})) == wanted
    if "..." not in str(size):
        assert value(str(size), time, width) == wanted


@quickly
@given(formulas(), st.integers(-20, 20), st.integers(1, 9), st.integers(1, 9))
def test_comparisons_hold_for_every_size(text, number, time, width):
    try:
        size = value(text, TIME, WIDTH)
        below, above = size < number, size > number
    except ShapeError:
        return
    wanted = value(text, time, width)
    assert (below, above) == (wanted < number, wanted > number)
    assert not surely_below(size, number) or wanted < number


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (TIME, "time"),
        (2 * TIME + 1, "2*time + 1"),
        (1 - TIME, "-time + 1"),
        ((TIME - 2) // 2, "(time - 2) // 2"),
        (TIME // 2 + 1, "time // 2 + 1"),
        (-(-TIME // 2), "(time + 1) // 2"),
        (8 * ((TIME - 1) // 2), "8*((time - 1) // 2)"),
        (3 * WIDTH * TIME, "3*time*width"),
    ],
)
def test_a_size_reads_as_arithmetic(size, text):
    assert str(size) == text


def test_large_numbers_are_grouped():
    assert f"{12345 * TIME + 1000:,}" == "12,345*time + 1,000"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TIME + TIME, 2 * TIME),
        ((4 * TIME + 6) // 8, (2 * TIME + 3) // 4),
        (((TIME + 1) // 2 + 1) // 2, (TIME + 3) // 4),
        (-(-(TIME - 2) // 3), TIME // 3),
        (TIME * WIDTH + 1, 1 + WIDTH * TIME),
        (2 * TIME // 2, TIME),
    ],
)
def test_equal_sizes_are_equal(one, other):
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize("size", [TIME - TIME, TIME * 0, (2 * TIME + 1) % 2 - 1])
def test_what_does_not_depend_on_a_name_is_a_number(size):
    assert type(size) is int


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: TIME < 3, "cannot tell whether `time` is below `3`"),
        (lambda: max(TIME, 3), "cannot tell whether"),
        (lambda: bool(TIME - 3), "cannot tell whether `time - 3` is 0"),
        (lambda: range(TIME), "needs a number, the size `time` is unknown"),
        (lambda: [0] * TIME, "needs a number"),
        (lambda: TIME / 2, "needs a number"),
        (lambda: 0.5 * TIME, "needs a number"),
        (lambda: 1 / TIME, "needs a number"),
        (lambda: TIME + 0.5, "needs a number"),
        (lambda: 0.5 - TIME, "needs a number"),
        (lambda: TIME < 0.5, "needs a number"),
        (lambda: TIME % 0, "cannot divide `time` by `0`"),
        (lambda: 7 // TIME, "cannot divide 7 by the unknown size `time`"),
        (lambda: TIME // WIDTH, "cannot divide `time` by `width`"),
        (lambda: TIME % 3, "cannot tell whether `time` is a multiple of 3"),
    ],
)
def test_what_needs_a_number_names_the_size(compute, message):
    with pytest.raises(UnknownSizeError, match=re.escape(message)) as error:
        compute()
    assert "`time`" in error.value.help


def test_sizes_are_at_least_one():
    assert TIME >= 1
    assert TIME
    assert TIME + 2 > 2


@pytest.mark.parametrize(
    ("size", "divisor", "quotient"),
    [
        (8 * TIME, 8, TIME),
        (8 * TIME, TIME, 8),
        (6 * TIME * WIDTH, 2 * TIME, 3 * WIDTH),
        (TIME, 4, None),
        (8 * TIME, 3, None),
        (8, TIME, None),
        (12, 4, 3),
        (12, 5, None),
        (12, 0, None),
    ],
)
def test_division_without_remainder(size, divisor, quotient):
    assert divide(size, divisor) == quotient


def test_sizes_do_not_grow_without_end():
    names = [Dimension.named(f"n{number}") for number in range(MAX_PARTS)]
    with pytest.raises(ShapeError, match="too long"):
        reduce(lambda size, name: (size + name + 1) // 2, names)
    with pytest.raises(ShapeError, match="too long"):
        reduce(lambda size, name: size * (name + 1), names)


def test_numbers_in_a_size_are_bounded():
    with pytest.raises(ShapeError, match="too long"):
        bounded((TIME - 5) * 2**64)


def test_a_long_sum_is_cut_when_it_is_shown():
    text = str(total(Dimension.named(f"n{number}") for number in range(500)))
    assert text.endswith("+ ...")
    assert len(text) < 80

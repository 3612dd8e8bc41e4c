from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kc.core.data import DataError, Examples
from kc.runtime.data.split import split
from kc.schemas.split import Split


def numbered(size: int, classes: int | None = None) -> Examples:
    rows = np.arange(size)
    targets = {} if classes is None else {"y": rows % classes}
    return Examples({"x": rows}, targets)


def rows(part: Examples | None) -> list[int]:
    return [] if part is None else part.inputs["x"].tolist()


def refusal(examples: Examples, **fields: object) -> DataError:
    with pytest.raises(DataError) as caught:
        split(examples, Split(**fields))
    return caught.value


def test_without_fractions_all_examples_train():
    parts = split(numbered(5), Split())
    assert rows(parts.train) == [0, 1, 2, 3, 4]
    assert (parts.validation, parts.test) == (None, None)


def test_without_shuffle_the_last_ones_are_held_out():
    parts = split(numbered(10), Split(validation=0.2, test=0.1, shuffle=False))
    assert rows(parts.train) == [0, 1, 2, 3, 4, 5, 6]
    assert rows(parts.validation) == [7, 8]
    assert rows(parts.test) == [9]


@pytest.mark.parametrize(
    ("size", "fraction"), [(10, 0.1), (10, 0.25), (7, 0.5), (100, 0.07), (1797, 0.1), (3, 0.34)]
)
def test_the_size_of_validation_follows_the_floor_rule_of_keras(size, fraction):
    parts = split(numbered(size), Split(validation=fraction, shuffle=False))
    # keras/src/trainers/data_adapters/array_slicing.py, train_validation_split
    assert len(parts.train) == int(np.floor(size * (1.0 - fraction)))


@given(
    st.integers(4, 200), st.floats(0.05, 0.45), st.floats(0.05, 0.45), st.booleans(),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_example_is_in_exactly_one_part(size, validation, test, shuffle, seed):
    try:
        parts = split(
            numbered(size), Split(validation=validation, test=test, shuffle=shuffle, seed=seed)
        )
    except DataError as error:
        assert error.code.id == "KC409"  # noqa: PT017
        return
    assert sorted(rows(parts.train) + rows(parts.validation) + rows(parts.test)) == list(
        range(size)
    )


def test_the_same_seed_draws_the_same_parts():
    draws = [rows(split(numbered(50), Split(test=0.2, seed=s)).test) for s in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_the_draw_is_pinned():
    """Runs are resumed across versions of kc and NumPy: this order may never change."""
    assert rows(split(numbered(20), Split(test=0.25, seed=7)).test) == [1, 10, 14, 16, 19]


def test_a_part_keeps_the_order_of_the_data():
    parts = split(numbered(50), Split(validation=0.2, test=0.2))
    assert rows(parts.train) == sorted(rows(parts.train))


@given(st.lists(st.integers(0, 4), min_size=20, max_size=200), st.floats(0.1, 0.4))
def test_a_stratified_part_holds_its_share_of_every_class(labels, fraction):
    targets = np.array(labels)
    examples = Examples({"x": np.arange(len(labels))}, {"y": targets})
    part = split(examples, Split(test=fraction, stratify=True)).test
    share = len(part) / len(labels)
    drawn = Counter(part.targets["y"].tolist())
    for label, number in Counter(labels).items():
        assert abs(drawn[label] - number * share) < 1.5


def test_one_hot_rows_are_classes():
    targets = np.eye(2)[np.arange(20) % 2]
    examples = Examples({"x": np.arange(20)}, {"y": targets})
    part = split(examples, Split(test=0.2, stratify=True)).test
    assert part.targets["y"].sum(axis=0).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("size", "fields", "name"),
    [
        pytest.param(3, {"validation": 0.9, "shuffle": False}, "training", id="training"),
        pytest.param(2, {"validation": 0.4, "test": 0.4}, "training", id="training of three"),
    ],
)
def test_a_part_without_examples_is_refused(size, fields, name):
    error = refusal(numbered(size), **fields)
    assert error.code.id == "KC409"
    assert error.message == f"the split leaves no example for {name}: there are {size}"
    assert error.help == "choose other fractions in `data.split`, or add examples"


def test_stratify_without_target_is_refused():
    error = refusal(numbered(10), test=0.2, stratify=True)
    assert error.code.id == "KC415"
    assert error.message == "`stratify` needs exactly one target, the data has none"


def test_stratify_by_fractions_is_refused():
    examples = Examples({"x": np.arange(10)}, {"price": np.linspace(0, 1, 10)})
    error = refusal(examples, test=0.2, stratify=True)
    assert error.code.id == "KC415"
    assert error.message == (
        "`stratify` needs classes, but `price` has 10 different values in 10 examples"
    )


def test_arrays_of_different_length_are_refused():
    examples = Examples({"x": np.zeros(4)}, {"y": np.zeros(3)})
    error = refusal(examples, test=0.5)
    assert (error.code.id, error.message) == ("KC408", "`x` has 4 examples, `y` has 3")


def test_no_examples_are_refused():
    assert refusal(numbered(0)).message == "the data has no examples"

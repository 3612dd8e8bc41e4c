"""Splits that a column decides: parts by name, groups, time; and folds of all kinds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kc.core.data import DataError
from kc.runtime.data.split import Numbers, divide
from kc.schemas.split import Split, Values


def divided(column: object, classes: object = None, /, **fields: object) -> Numbers:
    values = np.asarray(column)
    targets = {} if classes is None else {"y": np.asarray(classes)}
    return divide(len(values), Split(**fields), lambda: targets, lambda name: values)


def refusal(column: object, /, **fields: object) -> DataError:
    with pytest.raises(DataError) as caught:
        divided(column, **fields)
    return caught.value


def lists(numbers: Numbers) -> list[list[int]]:
    return [part.tolist() for part in numbers]


WORDS = np.array(["train", "test", "train", "validation", "train"], object)


@pytest.mark.parametrize(
    ("column", "fields", "parts"),
    [
        pytest.param(WORDS, {}, [[0, 2, 4], [3], [1]], id="words"),
        pytest.param(
            [0, 1, 2, 1, 3], {"values": Values(validation=(1,), test=(2, 3))},
            [[0], [1, 3], [2, 4]], id="numbers, all others train",
        ),
        pytest.param(
            ["a", "b", "a"], {"values": Values(train=("a",), test=("b",))}, [[0, 2], [], [1]],
            id="words of one's own",
        ),
    ],
)  # fmt: skip
def test_a_column_says_where_each_example_goes(column, fields, parts):
    assert lists(divided(column, column="part", **fields)) == parts


def test_a_word_that_is_no_part_is_named():
    error = refusal(["train", "tset"], column="part")
    assert error.code.id == "KC423"
    assert error.message == "the column `part` says `tset` of example 1, which is no part"


@pytest.mark.parametrize(
    ("column", "values", "name"),
    [
        (["validation", "validation"], None, "training"),
        (["a", "a"], Values(validation=("b",)), "validation"),
    ],
)
def test_a_column_that_leaves_a_part_empty_is_refused(column, values, name):
    error = refusal(column, column="part", values=values)
    assert (error.code.id, error.message) == (
        "KC409", f"the column `part` names no example for {name}"
    )  # fmt: skip


groups = st.lists(st.integers(0, 30), min_size=40, max_size=200).filter(lambda g: len(set(g)) > 8)


@given(groups, st.integers(0, 99), st.booleans())
@settings(max_examples=40)
def test_no_group_is_in_two_parts(column, seed, stratify):
    classes = np.arange(len(column)) % 2
    parts = divided(
        column, classes, group="patient", validation=0.2, test=0.2, seed=seed, stratify=stratify
    )
    members = [set(np.array(column)[part].tolist()) for part in parts]
    assert sum(map(len, members)) == len(set(column))
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(column)))


def test_groups_come_as_close_to_the_fractions_as_they_allow():
    column = np.repeat(np.arange(50), 4)
    assert [len(p) for p in divided(column, group="g", validation=0.1, test=0.3)] == [120, 20, 60]


def test_stratified_groups_share_classes():
    column = np.repeat(np.arange(60), 5)
    classes = np.repeat(np.arange(60) % 3, 5)
    test = divided(column, classes, group="g", test=0.2, stratify=True).test
    assert Counter(classes[test].tolist()) == {0: 20, 1: 20, 2: 20}


def test_another_seed_draws_other_groups():
    column = np.repeat(np.arange(50), 4)
    draws = [divided(column, group="g", test=0.2, seed=s).test.tolist() for s in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_the_draw_of_groups_is_pinned():
    """Runs are resumed across versions of kc and NumPy: this may never change."""
    column = np.array(["a", "b", "c", "d", "e"], object)
    assert lists(divided(column, group="g", test=0.4, seed=7)) == [[0, 2, 3], [], [1, 4]]


def test_too_few_groups_are_refused():
    error = refusal(["a", "a", "b"], group="g", validation=0.3, test=0.3)
    assert error.message == "the groups of `g` are too few to leave one for validation"


DATES = np.array(["2026-03-01", "2026-01-01", "2026-05-01", "2026-02-01", "2026-04-01"], object)


def test_by_time_the_latest_are_for_test():
    assert lists(divided(DATES, time="day", validation=0.2, test=0.2)) == [[0, 1, 3], [4], [2]]


def folds(column: object, classes: object = None, number: int = 4, **fields: object):
    return [divided(column, classes, folds=number, fold=k + 1, **fields) for k in range(number)]


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"stratify": True}, {"shuffle": False}, {"group": "g"}, {"test": 0.25},
        {"group": "g", "stratify": True, "test": 0.2}, {"test": 0.25, "shuffle": False},
    ],
    ids=str,
)  # fmt: skip
def test_each_example_validates_in_one_fold_and_test_stays_apart(fields):
    column = np.arange(60) // 3
    found = folds(column, np.arange(60) % 2, **fields)
    test = found[0].test.tolist()
    assert all(fold.test.tolist() == test for fold in found)
    validated = np.concatenate([fold.validation for fold in found]).tolist()
    assert sorted(validated + test) == list(range(60))
    for fold in found:
        assert sorted([*fold.train, *fold.validation, *fold.test]) == list(range(60))
        if "group" in fields:
            assert not set(column[fold.train]) & set(column[fold.validation])


def test_folds_are_of_one_size_and_stratified():
    classes = np.repeat([0, 1], [30, 10])
    for fold in folds(np.arange(40), classes, stratify=True):
        assert Counter(classes[fold.validation].tolist()) in ({0: 8, 1: 2}, {0: 7, 1: 3})


def test_the_sizes_that_a_split_tells_are_those_of_its_folds():
    for fold, numbers in enumerate(folds(np.arange(42), test=0.1), 1):
        split = Split(folds=4, fold=fold, test=0.1)
        assert split.sizes(42) == tuple(map(len, numbers))


def test_folds_by_time_train_on_what_was_before_as_those_of_scikit_learn():
    model_selection = pytest.importorskip("sklearn.model_selection")
    expected = model_selection.TimeSeriesSplit(4).split(np.arange(23))
    for numbers, (train, validation) in zip(folds(np.arange(23), time="t"), expected, strict=True):
        assert lists(numbers)[:2] == [train.tolist(), validation.tolist()]


def test_folds_in_order_are_those_of_scikit_learn():
    model_selection = pytest.importorskip("sklearn.model_selection")
    expected = model_selection.KFold(4).split(np.arange(23))
    for numbers, (_, validation) in zip(folds(np.arange(23), shuffle=False), expected, strict=True):
        assert numbers.validation.tolist() == validation.tolist()


def test_more_folds_than_examples_are_refused():
    error = refusal(np.arange(3), folds=5, fold=5)
    assert error.message == "the split leaves no example for validation: there are 3"
    assert error.help == "take fewer `folds`, or add examples"

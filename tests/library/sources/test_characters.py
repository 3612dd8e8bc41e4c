import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.data import DataError
from kc.library.sources.characters import Characters
from tests.library.sources.laws import check_laws


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "book.txt").write_text("hello wörld", encoding="utf-8")
    return tmp_path


def words(examples, array):
    return ["".join(examples.classes["next"][number] for number in row) for row in array]


@pytest.mark.parametrize(
    ("fields", "inputs", "targets"),
    [
        pytest.param({"length": 4}, ["hell", "o wö"], ["ello", " wör"], id="side by side"),
        pytest.param({"length": 5}, ["hello", " wörl"], ["ello ", "wörld"], id="to the end"),
        pytest.param({"length": 7, "stride": 2}, ["hello w", "llo wör"], ["ello wö", "lo wörl"],
                     id="overlapping"),
        pytest.param({"length": 10}, ["hello wörl"], ["ello wörld"], id="one"),
    ],
)  # fmt: skip
def test_each_stretch_has_the_next_characters_as_target(folder, fields, inputs, targets):
    source = Characters(path="book.txt", **fields)
    examples = source.load(folder)
    assert words(examples, examples.inputs["characters"]) == inputs
    assert words(examples, examples.targets["next"]) == targets
    assert examples.inputs["characters"].dtype == np.int32
    check_laws(source, folder)


def test_characters_are_numbered_in_the_order_of_code_points(folder):
    assert (
        "".join(Characters(path="book.txt", length=4).load(folder).classes["next"]) == " dehlorwö"
    )


def test_a_vocabulary_says_the_numbers_and_how_many_there_are(folder):
    source = Characters(path="book.txt", length=4, vocabulary="hel owördxyz")
    assert source.classes == 12
    assert source.load(folder).inputs["characters"][0].tolist() == [0, 1, 2, 2]


def test_a_character_outside_of_the_vocabulary_is_named(folder):
    with pytest.raises(DataError, match=r"`book.txt` holds 'ö', which `vocabulary` has not"):
        Characters(path="book.txt", length=4, vocabulary="helo wrd").open(folder)


def test_a_vocabulary_has_each_character_once():
    with pytest.raises(ValidationError, match="`a` stands twice"):
        Characters(path="book.txt", length=4, vocabulary="aba")


def test_targets_share_the_memory_of_the_text(folder):
    rows = Characters(path="book.txt", length=4, stride=1).open(folder)
    assert np.shares_memory(rows.targets()["next"], rows.numbers)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        pytest.param(b"abcd", "KC418", "`book.txt` has 4 characters, an example and its target "
                     "need 5", id="short"),
        pytest.param(b"", "KC418", "`book.txt` has 0 characters, an example and its target need 5",
                     id="empty"),
        pytest.param(b"abc\xff\xfe", "KC401", "`book.txt` is not UTF-8 text", id="bytes"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_text_is_refused(tmp_path, text, code, message):
    (tmp_path / "book.txt").write_bytes(text)
    with pytest.raises(DataError) as caught:
        Characters(path="book.txt", length=4).open(tmp_path)
    assert (caught.value.code.id, caught.value.message) == (code, message)

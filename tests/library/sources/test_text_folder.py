import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources.text_folder import TextFolder
from tests.library.sources.laws import check_laws


@pytest.fixture
def folder(tmp_path):
    for name, texts in {"neg": ["bad", "böse\nlines"], "pos": ["good"]}.items():
        (tmp_path / "reviews" / name).mkdir(parents=True)
        for number, text in enumerate(texts):
            (tmp_path / "reviews" / name / f"{number}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_each_file_is_a_text_and_its_folder_the_class(folder):
    examples = TextFolder(path="reviews").load(folder)
    assert examples.inputs["text"].tolist() == ["bad", "böse\nlines", "good"]
    assert examples.targets["class"].tolist() == [0, 0, 1]
    assert examples.classes == {"class": ("neg", "pos")}


def test_rows_obey_the_laws(folder):
    check_laws(TextFolder(path="reviews"), folder)


def test_targets_are_known_without_reading_a_text(folder):
    (folder / "reviews/neg/0.txt").write_bytes(b"\xff")
    assert TextFolder(path="reviews").open(folder).targets()["class"].tolist() == [0, 0, 1]


def test_texts_without_folders_have_no_target(folder):
    assert TextFolder(path="reviews/neg").load(folder).targets == {}


def test_a_mark_of_byte_order_is_no_text(folder):
    (folder / "reviews/pos/0.txt").write_bytes(b"\xef\xbb\xbfgood")
    assert TextFolder(path="reviews").load(folder).inputs["text"][2] == "good"


def test_a_file_that_is_no_utf8_is_named(folder):
    (folder / "reviews/pos/0.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"`reviews/pos/0.txt` is not UTF-8 text") as caught:
        TextFolder(path="reviews").load(folder)
    assert (caught.value.code.id, caught.value.help) == ("KC401", "save the file as UTF-8")


def test_a_file_that_goes_away_is_named(folder):
    rows = TextFolder(path="reviews").open(folder)
    (folder / "reviews/pos/0.txt").unlink()
    with pytest.raises(DataError, match=r"there is no file `reviews/pos/0.txt`"):
        rows.read(np.array([2]))


def test_a_folder_without_texts_is_refused(tmp_path):
    (tmp_path / "reviews").mkdir()
    with pytest.raises(DataError, match=r"`reviews` holds no file of the kind `.txt`"):
        TextFolder(path="reviews").open(tmp_path)

import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources.text_lines import TextLines
from tests.library.sources.laws import check_laws


def opened(tmp_path, text: bytes):
    (tmp_path / "book.txt").write_bytes(text)
    return TextLines(path="book.txt").open(tmp_path)


def lines(tmp_path, text: bytes) -> list[str]:
    rows = opened(tmp_path, text)
    return rows.read(np.arange(len(rows))).inputs["text"].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(b"one\ntwo\n", ["one", "two"], id="plain"),
        pytest.param(b"one\ntwo", ["one", "two"], id="no end of line"),
        pytest.param(b"one\r\ntwo\r\n", ["one", "two"], id="lines of Windows"),
        pytest.param(b"\n one \n  \n\ntwo\n\n", [" one ", "two"], id="lines of blanks"),
        pytest.param(b"\xef\xbb\xbfone\ntwo", ["one", "two"], id="byte order mark"),
        pytest.param("süß\n猫\n".encode(), ["süß", "猫"], id="characters of several bytes"),
        pytest.param("a\u2028b\x0bc\n".encode(), ["a\u2028b\x0bc"], id="other breaks are text"),
    ],
)
def test_each_line_is_an_example(tmp_path, text, expected):
    assert lines(tmp_path, text) == expected


def test_rows_obey_the_laws(tmp_path):
    opened(tmp_path, b"one\n\ntwo\nthree\n")
    check_laws(TextLines(path="book.txt"), tmp_path)


def test_there_is_no_target(tmp_path):
    assert opened(tmp_path, b"one").targets() == {}


@pytest.mark.parametrize("text", [b"", b"\n\n", b" \r\n"])
def test_a_file_without_text_is_refused(tmp_path, text):
    with pytest.raises(DataError, match=r"`book.txt` holds no line of text"):
        opened(tmp_path, text)


def test_a_line_that_is_no_utf8_is_named(tmp_path):
    rows = opened(tmp_path, b"one\n\ncaf\xe9\n")
    assert rows.read(np.array([0])).inputs["text"].tolist() == ["one"]
    with pytest.raises(DataError, match=r"line 3 of `book.txt` is not UTF-8 text"):
        rows.read(np.array([0, 1]))

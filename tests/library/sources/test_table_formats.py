"""What single formats of tables have for themselves."""

import os
import sys

import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources import csv as csv_source
from kc.library.sources import parquet as parquet_source
from kc.library.sources.csv import Csv
from kc.library.sources.jsonl import Jsonl
from kc.library.sources.parquet import Parquet
from tests.library.sources.laws import check_laws
from tests.library.sources.test_tables import COLUMNS, RANDOM, ROWS, write_parquet


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "`t` has no example", id="empty"),
        pytest.param("1\n2\n", "`t` has no example", id="lines of nothing"),
        pytest.param('{"x": 1}\n[1, 2]\n', "line 2 of `t` cannot be read: it is no object",
                     id="a list"),
        pytest.param('{"x": 1}\n\n{"x": 1\n', "line 3 of `t` cannot be read: expecting ',' "
                     "delimiter", id="cut"),
        pytest.param('{"x": 1}\n{"x": ' + "[" * 100_000 + "\n", "line 2 of `t` cannot be read: "
                     "lists are nested too deeply", id="deep"),
        pytest.param('{"x": 1}\n{"x": ' + "1" * 10_000 + "}\n", "line 2 of `t` cannot be read: "
                     "a number has too many digits", id="long number"),
        pytest.param('{"x": ' + "[" * 70 + "1" + "]" * 70 + "}\n", None, id="65 axes"),
        pytest.param('{"x": 1}\n{"x": NaN}\n', None, id="NaN"),
        pytest.param('{"x": 1}\n{"x": 1e999}\n', None, id="infinity"),
        pytest.param('{"x": 1}\n{"x": {"y": 2}}\n', None, id="an object"),
        pytest.param('{"x": 1}\n{"z": 2}\n', "the column `x` is empty in line 2 of `t`",
                     id="another column"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_example_is_named(tmp_path, text, message):
    (tmp_path / "t").write_text(text)
    with pytest.raises(DataError) as caught:
        Jsonl(path="t").load(tmp_path)
    assert message is None or caught.value.message == message


def test_lines_of_json_may_be_empty_and_end_as_windows_ends_them(tmp_path):
    (tmp_path / "t").write_bytes(b'\xef\xbb\xbf\r\n{"x": 1}\r\n\n\n{"x": "\xc3\xa4"}')
    rows = Jsonl(path="t", text="x").table(tmp_path, "t")
    assert len(rows) == 2
    assert [cells for _, cells in rows.parts(["x"], np.arange(2))] == [[[1, "ä"]]]
    assert [rows.place(0), rows.place(1)] == ["line 2", "line 5"]


@pytest.mark.parametrize("source", [Csv, Jsonl])
def test_a_line_without_end_is_refused(tmp_path, source):
    with (tmp_path / "t").open("wb") as file:
        file.write(b"x\n1\n" if source is Csv else b'{"x": 1}\n')
        os.truncate(file.fileno(), 2**26)
    with pytest.raises(DataError, match=r"line \d of `t` is longer than 16 MiB"):
        source(path="t").open(tmp_path)


def test_records_of_csv_may_have_breaks_and_empty_lines_between(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_source, "KEPT", 0)
    text = '\ufeff\n"x",t\r\n\r\n1,"a\r\nb"\n\n2,"c\n\nd"\r3,ä\n\n'
    (tmp_path / "t").write_bytes(text.encode())
    source = Csv(path="t", features="x", text="t")
    check_laws(source, tmp_path)
    assert source.load(tmp_path).inputs["t"].tolist() == ["a\r\nb", "c\n\nd", "ä"]
    file = source.table(tmp_path, "t")
    assert [file.place(row) for row in range(3)] == ["line 5", "line 9", "line 10"]


def test_parquet_needs_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DataError) as caught:
        Parquet(path="t").open(tmp_path)
    assert (caught.value.code.id, caught.value.help) == (
        "KC410", "pip install 'kc-compiler[tables]'"
    )  # fmt: skip


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "t").write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match="`t` is no Parquet file, or damaged: parquet magic bytes"):
        Parquet(path="t").open(tmp_path)


def row_groups_read(monkeypatch):
    """The row groups that are decoded from now on."""
    read, decode = [], parquet_source.ParquetFile._read
    monkeypatch.setattr(
        parquet_source.ParquetFile, "_read", lambda *given: read.append(given[1]) or decode(*given)
    )
    return read


def test_a_row_group_is_read_once_while_it_is_kept(tmp_path, monkeypatch):
    write_parquet(tmp_path / "t", COLUMNS)
    rows = Parquet(path="t", features=("a", "b")).open(tmp_path)
    read = row_groups_read(monkeypatch)
    for _ in range(3):
        rows.read(RANDOM.permutation(ROWS))
    assert read == [0, 1, 2, 3, 4, 5, 6]


def test_only_the_row_groups_that_were_read_last_are_kept(tmp_path, monkeypatch):
    write_parquet(tmp_path / "t", COLUMNS)
    rows = Parquet(path="t", features=("a", "b")).open(tmp_path)
    monkeypatch.setattr(parquet_source, "_CACHED", 3 * 10 * 2 * 8)
    read = row_groups_read(monkeypatch)
    for numbers in ([0], [10], [20], [0], [30], [0, 10]):
        rows.read(np.array(numbers))
    assert read == [0, 1, 2, 3, 1]


def test_a_row_group_that_declares_too_much_is_refused(tmp_path):
    import pyarrow
    from pyarrow import parquet

    zeros = pyarrow.array(np.zeros(2**20, bool))
    parquet.write_table(pyarrow.table({f"c{i}": zeros for i in range(257)}), tmp_path / "t")
    with pytest.raises(DataError, match="a row group of `t` has more than 2 GiB") as caught:
        Parquet(path="t").load(tmp_path)
    assert caught.value.help == "write smaller ones: `row_group_size=10_000`"


def test_types_of_arrow_become_numbers_text_or_dates(tmp_path):
    import datetime
    import decimal

    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "half": pyarrow.array(np.array([1, 2], np.float16)),
            "decimal": [decimal.Decimal("1.5"), decimal.Decimal("2.5")],
            "flag": [True, False],
            "unsigned": pyarrow.array([1, 2], pyarrow.uint8()),
            "when": [datetime.datetime(1970, 1, 1), datetime.datetime(1970, 1, 2)],
            "word": pyarrow.array(["a", "b"]).dictionary_encode(),
            "large": pyarrow.array(["a", "b"], pyarrow.large_string()),
            "fixed": pyarrow.array([[1, 2], [3, 4]], pyarrow.list_(pyarrow.int8(), 2)),
        }
    )
    parquet.write_table(table, tmp_path / "t")
    source = Parquet(path="t", inputs={"n": ("half", "decimal", "flag", "unsigned"),
                                       "v": ("fixed",), "t": ("large", "word")},
                     text=("word", "large"))  # fmt: skip
    inputs = source.load(tmp_path).inputs
    assert inputs["n"].tolist() == [[1, 1.5, 1, 1], [2, 2.5, 0, 2]]
    assert inputs["v"].tolist() == [[1, 2], [3, 4]]
    assert inputs["t"].tolist() == [["a", "a"], ["b", "b"]]
    when = source.columns(tmp_path, ["when"])["when"]
    assert (when.dtype, int(when[1] - when[0])) == (np.int64, 86_400_000_000)
    with pytest.raises(DataError, match=r"`when` holds `1970-01-01.*no number"):
        Parquet(path="t", features="when").load(tmp_path)

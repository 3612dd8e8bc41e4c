"""What holds for tables in every format."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources import csv as csv_source
from kc.library.sources.csv import Csv
from kc.library.sources.jsonl import Jsonl
from kc.library.sources.parquet import Parquet
from tests.library.sources.laws import check_laws, same

ROWS = 61
RANDOM = np.random.default_rng(3)
COLUMNS = {
    "a": RANDOM.normal(size=ROWS).tolist(),
    "b": RANDOM.integers(-5, 9, ROWS).tolist(),
    "note": [f'n{i % 7}, "quoted"' + "\nand broken" * (i % 3) for i in range(ROWS)],
    "kind": [("dog", "cat", "ape", "äffle")[i % 4] for i in range(ROWS)],
    "day": [f"2024-01-{i % 28 + 1:02}" for i in range(ROWS)],
    "id": [2**53 + 1 + i for i in range(ROWS)],
}
VECTOR = RANDOM.normal(size=(ROWS, 2, 3)).tolist()


def write_csv(path, columns):
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_jsonl(path, columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_parquet(path, columns):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path, row_group_size=10)


FORMATS = {
    "csv": (Csv, write_csv),
    "csv by offsets": (Csv, write_csv),
    "jsonl": (Jsonl, write_jsonl),
    "parquet": (Parquet, write_parquet),
}


class Format:
    """Tables of one format in a folder."""

    def __init__(self, name, folder):
        self.source, self.write = FORMATS[name]
        self.folder = folder
        self.kept = name == "csv"

    def table(self, columns=COLUMNS, **fields):
        self.write(self.folder / "table", columns)
        return self.source(path="table", **fields)

    def load(self, columns=COLUMNS, **fields):
        return self.table(columns, **fields).load(self.folder)

    def refusal(self, columns=COLUMNS, **fields):
        with pytest.raises(DataError) as caught:
            self.load(columns, **fields)
        return caught.value


@pytest.fixture(params=FORMATS)
def tables(request, tmp_path, monkeypatch):
    if "offsets" in request.param:
        monkeypatch.setattr(csv_source, "KEPT", 0)
    return Format(request.param, tmp_path)


@pytest.fixture(params=["jsonl", "parquet"])
def typed_tables(request, tmp_path):
    return Format(request.param, tmp_path)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"features": ("a", "b")}, id="no target"),
        pytest.param({"features": ("a",), "target": ("kind", "b")}, id="words and numbers"),
        pytest.param({"inputs": {"x": ("b", "a"), "t": ("note", "day")}, "text": ("note", "day"),
                      "target": "kind"}, id="several inputs"),
        pytest.param({"text": ("note", "day", "kind"), "target": "a"}, id="text and features"),
    ],
)  # fmt: skip
def test_rows_obey_the_laws(tables, fields):
    check_laws(tables.table(**fields), tables.folder)


def test_columns_mean_the_same_in_every_format(tables):
    examples = tables.load(features=("a", "b"), text="note", target=("kind", "day"))
    expected = np.array([COLUMNS["a"], COLUMNS["b"]], np.float32).T
    np.testing.assert_array_equal(examples.inputs["features"], expected)
    assert examples.inputs["note"].tolist() == COLUMNS["note"]
    words = ("ape", "cat", "dog", "äffle")
    assert examples.classes["kind"] == words
    assert [words[number] for number in examples.targets["kind"]] == COLUMNS["kind"]
    assert examples.targets["kind"].dtype == np.int32


def test_threads_may_read_at_once(tables):
    rows = tables.table(features=("a", "b"), text="note", target="kind").open(tables.folder)
    numbers = [RANDOM.integers(0, ROWS, 20) for _ in range(40)]
    with ThreadPoolExecutor(4) as threads:
        for found, expected in zip(threads.map(rows.read, numbers), numbers, strict=True):
            same(found, rows.read(expected))


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [([0, 2, 1], "int32"), ([0.0, 2.0, 1.0], "int32"), ([0.5, 2, 1], "float32"),
     ([1e12, 2.0, 1.0], "float32")],
)  # fmt: skip
def test_the_type_of_a_target_follows_from_its_cells(tables, cells, dtype):
    target = tables.load({"x": [1, 2, 3], "y": cells}, target="y").targets["y"]
    assert target.dtype == dtype
    np.testing.assert_allclose(target, cells)


def test_all_columns_but_the_target_are_features(tables):
    examples = tables.load({"x": [1, 2], "z": [3, 4], "y": [0, 1]}, target="y")
    assert examples.inputs["features"].tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("fields", "help"),
    [({"target": "knd"}, "did you mean `kind`?"), ({"features": ("aa",)}, None),
     ({"text": ("noet",)}, "did you mean `note`?")],
)  # fmt: skip
def test_an_unknown_column_is_named(tables, fields, help):
    error = tables.refusal(**fields)
    assert error.code.id == "KC402"
    assert error.message.startswith("`table` has no column")
    assert help is None or error.help == help


def test_a_table_of_targets_alone_has_no_input(tables):
    error = tables.refusal({"y": [1, 2]}, target="y")
    assert (error.code.id, error.message) == ("KC405", "`table` has no column for an input")


@pytest.mark.parametrize("missing", [None, "?"])
def test_a_cell_that_is_no_number_is_named(tables, missing):
    x = ["1", "2", missing] if missing else [1, 2, None]
    error = tables.refusal({"x": x, "y": [0, 1, 0]}, target="y")
    assert error.code.id == "KC403"
    assert "the column `x`" in error.message
    assert error.help


def test_words_among_the_features_are_called_text(tables):
    error = tables.refusal({"mood": ["good", "bad"], "y": [0, 1]}, target="y")
    assert error.help == "say that it is text: `text: mood`, or leave it out: `features: [...]`"


def test_a_missing_text_is_empty_text(tables):
    assert tables.load({"t": ["a", None], "x": [1, 2]}, text="t").inputs["t"].tolist() == ["a", ""]


def test_columns_are_read_alone(tables):
    columns = tables.table(features=("a",)).columns(tables.folder, ["b", "a", "kind", "id", "day"])
    assert {n: c.dtype.str[1:] for n, c in columns.items()} == {
        "b": "i8", "a": "f8", "kind": "O", "id": "i8", "day": "O",
    }  # fmt: skip
    assert {n: c.tolist() for n, c in columns.items()} == {n: COLUMNS[n] for n in columns}


def test_a_column_with_an_empty_cell_divides_nothing(tables):
    source = tables.table({"x": [1, 2], "group": ["a", None]})
    with pytest.raises(DataError, match="the column `group` is empty in"):
        source.columns(tables.folder, ["group"])
    with pytest.raises(DataError, match="has no column `g`"):
        source.columns(tables.folder, ["g"])


def test_inputs_alone_are_read_from_another_file(tables):
    tables.write(tables.folder / "new", {"a": [1, 2], "b": [3, 4]})
    source = tables.table(features=("a", "b"), target="kind")
    examples = source.load_inputs(tables.folder, "new")
    assert not examples.targets
    assert examples.inputs["features"].tolist() == [[1, 3], [2, 4]]


def test_a_file_outside_of_the_folder_is_refused(tables):
    tables.table()
    (tables.folder / "job").mkdir()
    with pytest.raises(DataError, match="lies outside"):
        tables.source(path="../table").open(tables.folder / "job")


def test_every_cut_of_a_file_is_refused_or_is_shorter(tables):
    source = tables.table(features=("a", "b"), text="note", target="kind")
    raw = (tables.folder / "table").read_bytes()
    for size in range(0, len(raw), 149):
        (tables.folder / "table").write_bytes(raw[:size])
        try:
            assert len(source.load(tables.folder)) < ROWS
        except DataError as error:
            assert error.code.id in {"KC401", "KC402", "KC403"}  # noqa: PT017


def test_flipped_bits_never_end_in_a_traceback(tables):
    source = tables.table(features=("a", "b"), text="note", target="kind")
    raw = (tables.folder / "table").read_bytes()
    for place in range(0, len(raw), 101):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << place % 8
        (tables.folder / "table").write_bytes(flipped)
        try:
            source.load(tables.folder)
        except DataError as error:
            assert error.code.id in {"KC401", "KC402", "KC403", "KC405"}  # noqa: PT017


def test_a_file_that_changed_since_it_was_opened_is_refused(tables):
    source = tables.table(features=("a",), text="note")
    rows = pickle.loads(pickle.dumps(source.open(tables.folder)))
    (tables.folder / "table").write_bytes(b"\n" * 10)
    if tables.kept:
        assert len(rows.read(np.array([40]))) == 1
    else:
        with pytest.raises(DataError) as caught:
            rows.read(np.array([40]))
        assert caught.value.code.id == "KC401"


# lists of numbers


def test_lists_of_numbers_are_an_input_of_their_shape(typed_tables):
    columns = {"v": VECTOR, "y": COLUMNS["kind"]}
    source = typed_tables.table(columns, target="y")
    check_laws(source, typed_tables.folder)
    found = source.load(typed_tables.folder).inputs["features"]
    np.testing.assert_array_equal(found, np.array(VECTOR, np.float32))


def test_a_list_may_be_a_target(typed_tables):
    columns = {"x": [1, 2], "y": [[0, 1], [1, 0]]}
    target = typed_tables.load(columns, target="y").targets["y"]
    assert (target.dtype, target.tolist()) == (np.int32, [[0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("cells", "fields", "what"),
    [
        pytest.param([[1, 2], [3]], {}, "which has the shape [1], and in the first example it is "
                     "[2]", id="another length"),
        pytest.param([[1, 2], [3, None]], {}, "which is no number", id="a hole"),
        pytest.param([["1", "2"], ["3", "4"]], {}, "which is no number", id="words"),
        pytest.param([[1, 2], None], {}, "is empty in", id="nothing"),
        pytest.param([[1, 2], [3, 4]], {"features": ("a", "v")}, "which is a list", id="a list "
                     "beside a number"),
    ],
)  # fmt: skip
def test_lists_that_are_no_array_are_refused(typed_tables, cells, fields, what):
    error = typed_tables.refusal({"a": [1, 2], "v": cells}, **{"features": ("v",), **fields})
    assert error.code.id == "KC403"
    assert what in error.message


@pytest.mark.parametrize(("value", "kind"), [(3, "no text"), ("3", "no number")])
def test_text_and_numbers_are_not_converted(typed_tables, value, kind):
    fields = {"text": "x"} if kind == "no text" else {"features": ("x",)}
    assert kind in typed_tables.refusal({"x": [value, value]}, **fields).message

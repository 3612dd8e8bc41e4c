import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.data import DataError
from kc.library.sources.csv import Csv

WINE = "alcohol,malic,class\n13.2,1.78,0\n12.9,2.5,1\n14,1,1\n"


def load(tmp_path, table: str | bytes, **fields: object):
    data = table.encode() if isinstance(table, str) else table
    (tmp_path / "wine.csv").write_bytes(data)
    return Csv(path="wine.csv", **fields).load(tmp_path)


def refusal(tmp_path, table: str | bytes, **fields: object) -> DataError:
    with pytest.raises(DataError) as caught:
        load(tmp_path, table, **fields)
    return caught.value


def test_all_columns_but_the_target_are_one_input(tmp_path):
    examples = load(tmp_path, WINE, target="class")
    (features,) = examples.inputs.values()
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, [[13.2, 1.78], [12.9, 2.5], [14, 1]], rtol=1e-6)
    assert examples.targets["class"].tolist() == [0, 1, 1]


def test_features_choose_columns_and_their_order(tmp_path):
    examples = load(tmp_path, WINE, target="class", features=("malic",))
    np.testing.assert_allclose(examples.inputs["features"], [[1.78], [2.5], [1]], rtol=1e-6)


def test_inputs_divide_columns_among_several_inputs(tmp_path):
    examples = load(tmp_path, WINE, inputs={"a": ("alcohol",), "b": ("malic", "class")})
    assert {n: a.shape for n, a in examples.inputs.items()} == {"a": (3, 1), "b": (3, 2)}


def test_several_targets_keep_their_names(tmp_path):
    examples = load(tmp_path, WINE, target=("class", "malic"))
    assert list(examples.targets) == ["class", "malic"]
    assert list(examples.inputs) == ["features"]


@pytest.mark.parametrize(
    ("cells", "dtype", "values"),
    [
        pytest.param(["0", "2", "1"], "int32", [0, 2, 1], id="whole numbers"),
        pytest.param(["0.0", "2.0"], "int32", [0, 2], id="whole numbers with a point"),
        pytest.param(["0.5", "2"], "float32", [0.5, 2], id="fractions"),
        pytest.param(["1e12", "2"], "float32", [1e12, 2], id="beyond int32"),
        pytest.param(["dog", "cat", "dog"], "int32", [1, 0, 1], id="words"),
        pytest.param([" b", "a "], "int32", [1, 0], id="words with blanks around"),
    ],
)
def test_the_type_of_a_target_follows_from_its_cells(tmp_path, cells, dtype, values):
    text = "x,y\n" + "".join(f"1,{cell}\n" for cell in cells)
    target = load(tmp_path, text, target="y").targets["y"]
    assert target.dtype == dtype
    np.testing.assert_allclose(target, values)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufeffx,y\n1,2\n", id="byte order mark"),
        pytest.param("x,y\r\n1,2\r\n", id="lines of Windows"),
        pytest.param("x,y\n\n1,2\n\n", id="empty lines"),
        pytest.param('"x","y"\n"1","2"\n', id="quotes"),
        pytest.param(" x , y \n 1 , 2 \n", id="blanks"),
        pytest.param("x,y\n1,2", id="no end of line"),
    ],
)
def test_all_usual_forms_of_a_table_read_alike(tmp_path, text):
    examples = load(tmp_path, text, target="y")
    assert examples.inputs["features"].tolist() == [[1]]
    assert examples.targets["y"].tolist() == [2]


def test_another_delimiter(tmp_path):
    examples = load(tmp_path, "x;y\n1;2\n", target="y", delimiter=";")
    assert examples.targets["y"].tolist() == [2]


@pytest.mark.parametrize(
    ("fields", "message", "help"),
    [
        pytest.param({"target": "klass"}, "`wine.csv` has no column `klass`",
                     "did you mean `class`?", id="target"),
        pytest.param({"features": ("alcohl",)}, "`wine.csv` has no column `alcohl`",
                     "did you mean `alcohol`?", id="features"),
        pytest.param({"inputs": {"a": ("zzz",)}}, "`wine.csv` has no column `zzz`",
                     "one of `alcohol`, `malic`, `class`", id="inputs"),
    ],
)  # fmt: skip
def test_an_unknown_column_is_named(tmp_path, fields, message, help):
    error = refusal(tmp_path, WINE, **fields)
    assert (error.code.id, error.message, error.help) == ("KC402", message, help)


def test_a_wrong_delimiter_is_guessed(tmp_path):
    error = refusal(tmp_path, "x;y\n1;2\n", target="y")
    assert error.code.id == "KC402"
    assert error.help == 'cells seem to be separated otherwise: `delimiter: ";"`'


def test_two_columns_of_one_name_are_refused(tmp_path):
    error = refusal(tmp_path, "x,x\n1,2\n")
    assert (error.code.id, error.message) == ("KC402", "`wine.csv` has two columns `x`")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        pytest.param("n/a", "the column `alcohol` holds `n/a` in line 3 of `wine.csv`, which is "
                     "no number", id="word"),
        pytest.param("", "the column `alcohol` is empty in line 3 of `wine.csv`", id="empty"),
        pytest.param("  ", "the column `alcohol` is empty in line 3 of `wine.csv`", id="blank"),
        pytest.param("nan", "the column `alcohol` holds `nan` in line 3 of `wine.csv`, which is "
                     "no number", id="NaN"),
        pytest.param("-inf", "the column `alcohol` holds `-inf` in line 3 of `wine.csv`, which is "
                     "no finite float32", id="infinity"),
        pytest.param("1e39", "the column `alcohol` holds `1e39` in line 3 of `wine.csv`, which is "
                     "no finite float32", id="too large"),
        pytest.param("1_000", "the column `alcohol` holds `1_000` in line 3 of `wine.csv`, which "
                     "is no number", id="underscore"),
    ],
)  # fmt: skip
def test_a_cell_that_is_no_number_is_named_with_line_and_column(tmp_path, cell, message):
    error = refusal(tmp_path, f"alcohol,class\n13.2,0\n{cell},1\n", target="class")
    assert (error.code.id, error.message) == ("KC403", message)
    assert error.help == "mend the file, or leave the column out: `features: [...]`"


def test_line_numbers_count_empty_lines_and_quoted_breaks(tmp_path):
    error = refusal(tmp_path, 'x,y\n\n1,"a\nb"\nbad,c\n', target="y")
    assert "in line 5 of" in error.message


def test_a_decimal_comma_is_recognized(tmp_path):
    error = refusal(tmp_path, "x;y\n1,5;0\n", target="y", delimiter=";")
    assert error.help == "write fractions with a point: `1.5`"


@pytest.mark.parametrize("bad", ["?", "", "nan"])
def test_a_target_that_mixes_numbers_and_words_is_refused(tmp_path, bad):
    error = refusal(tmp_path, f"x,y\n1,0\n1,{bad}\n", target="y")
    assert error.code.id == "KC403"
    assert "the column `y`" in error.message


def test_a_target_with_an_empty_cell_among_words_is_refused(tmp_path):
    error = refusal(tmp_path, "x,y\n1,cat\n1,\n", target="y")
    assert error.code.id == "KC403"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "`wine.csv` is empty", id="empty file"),
        pytest.param("\n\n", "`wine.csv` is empty", id="empty lines"),
        pytest.param("x,y\n", "`wine.csv` has column names, but no example", id="header only"),
        pytest.param("x,y\n1,2\n1\n", "line 3 of `wine.csv` has 1 cell, the first line has 2",
                     id="too few cells"),
        pytest.param("x,y\n1,2,3\n", "line 2 of `wine.csv` has 3 cells, the first line has 2",
                     id="too many cells"),
        pytest.param(b"x,y\n1,\xff\n", "`wine.csv` is not UTF-8 text", id="Latin-1"),
        pytest.param('x,y\n"1,2\n', "line 2 of `wine.csv` cannot be read: unexpected end of data",
                     id="open quote"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path, text, message):
    error = refusal(tmp_path, text, target="y")
    assert (error.code.id, error.message) == ("KC401", message)


def test_a_huge_cell_is_refused(tmp_path):
    error = refusal(tmp_path, "x,y\n1," + "a" * 200_000 + "\n")
    assert error.code.id == "KC401"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"features": ("a",), "inputs": {"b": ("c",)}}, id="features and inputs"),
        pytest.param({"features": ("a",), "target": "a"}, id="a target among the features"),
        pytest.param({"inputs": {"i": ("a",)}, "target": "a"}, id="a target among the inputs"),
        pytest.param({"delimiter": "ab"}, id="a delimiter of two characters"),
        pytest.param({"features": ()}, id="no features"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(fields):
    with pytest.raises(ValidationError):
        Csv(path="wine.csv", **fields)


def test_a_word_names_one_target():
    assert Csv(path="wine.csv", target="class").target == ("class",)


# text

NOTES = "note,mood,n,y\n a b ,good,1,0\n,bad,2,1\n"


def test_a_column_of_text_is_an_input_of_its_name(tmp_path):
    examples = load(tmp_path, NOTES, target="y", text=("note", "mood"))
    assert {n: (a.shape, str(a.dtype)) for n, a in examples.inputs.items()} == {
        "features": ((2, 1), "float32"), "note": ((2,), "object"), "mood": ((2,), "object"),
    }  # fmt: skip
    assert examples.inputs["note"].tolist() == ["a b", ""]


def test_columns_of_text_may_be_one_input(tmp_path):
    examples = load(tmp_path, NOTES, target="y", text=("note", "mood", "n"),
                    inputs={"both": ("note", "mood"), "number": ("n",)})  # fmt: skip
    assert examples.inputs["both"].tolist() == [["a b", "good"], ["", "bad"]]
    assert examples.inputs["number"].tolist() == ["1", "2"]


def test_a_table_of_text_alone_has_no_features(tmp_path):
    assert list(load(tmp_path, "note,y\na,0\n", target="y", text=("note",)).inputs) == ["note"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": ("y",), "target": "y"}, "`y` is both text and the target"),
        ({"text": ("note",), "features": ("note", "n")}, "both text and among `features`"),
        ({"text": ("note",), "inputs": {"a": ("note", "n")}}, "`a` mixes text and numbers"),
    ],
)
def test_text_stands_by_itself(fields, message):
    with pytest.raises(ValidationError, match=message):
        Csv(path="notes.csv", **fields)


def test_a_column_of_words_among_numbers_is_recognized(tmp_path):
    error = refusal(tmp_path, "mood,y\ngood,0\nbad,1\n", target="y")
    assert error.help == "say that it is text: `text: mood`, or leave it out: `features: [...]`"


def test_inputs_alone_are_read_from_another_file(tmp_path):
    (tmp_path / "new.csv").write_text("n,note,mood\n7,c,good\n")
    source = Csv(path="notes.csv", target="y", text=("note", "mood"))
    examples = source.load_inputs(tmp_path, "new.csv")
    assert not examples.targets
    assert examples.inputs["features"].tolist() == [[7]]
    assert examples.inputs["note"].tolist() == ["c"]


def test_targets_in_another_file_are_no_features(tmp_path):
    (tmp_path / "new.csv").write_text(WINE)
    examples = Csv(path="wine.csv", target="class").load_inputs(tmp_path, "new.csv")
    assert examples.inputs["features"].shape == (3, 2)

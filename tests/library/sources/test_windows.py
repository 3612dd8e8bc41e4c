import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from kc.core.data import DataError
from kc.library.sources.csv import Csv
from kc.library.sources.npz import Npz
from kc.library.sources.text_lines import TextLines
from kc.library.sources.windows import Windows
from tests.library.sources.laws import check_laws

STEPS = 30


@pytest.fixture
def folder(tmp_path):
    x = np.random.default_rng(0).normal(size=(STEPS, 2)).astype("float32")
    np.savez(tmp_path / "series.npz", x=x, y=np.arange(STEPS))
    return tmp_path


def series(**fields):
    return Windows(of=Npz(path="series.npz", target="y"), **fields)


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_windows_are_those_of_numpy_and_targets_come_later(folder, stride, rate, horizon):
    source = series(length=5, stride=stride, sampling_rate=rate, horizon=horizon)
    examples = source.load(folder)
    x = np.load(folder / "series.npz")["x"]
    reach = 4 * rate + 1
    whole = sliding_window_view(x[: STEPS - horizon], reach, axis=0)[::stride, :, ::rate]
    np.testing.assert_array_equal(examples.inputs["x"], whole.swapaxes(1, 2))
    np.testing.assert_array_equal(
        examples.targets["y"], np.arange(reach - 1 + horizon, STEPS, stride)
    )
    check_laws(source, folder)


def test_without_targets_windows_reach_to_the_end(folder):
    examples = Windows(of=Npz(path="series.npz"), length=5).load(folder)
    assert examples.inputs["y"][-1].tolist() == [25, 26, 27, 28, 29]
    assert examples.targets == {}


def test_a_window_of_texts(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\nthree\n")
    examples = Windows(of=TextLines(path="a.txt"), length=2).load(tmp_path)
    assert examples.inputs["text"].tolist() == [["one", "two"], ["two", "three"]]


def test_the_bytes_are_those_of_the_windows(folder):
    rows = series(length=5).open(folder)
    examples = rows.read(np.arange(len(rows)))
    assert examples.inputs["x"].nbytes <= rows.nbytes <= 3 * examples.inputs["x"].nbytes


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"length": 31}, "32"),
        ({"length": 30}, "31"),
        ({"length": 2, "sampling_rate": 40}, "42"),
        ({"length": 2, "horizon": 2**31 - 1}, "2,147,483,649"),
    ],
)
def test_a_series_that_is_too_short_is_refused(folder, fields, steps):
    with pytest.raises(DataError) as caught:
        series(**fields).open(folder)
    assert caught.value.code.id == "KC418"
    message = f"the series has 30 steps, a window and its target need {steps}"
    assert caught.value.message == message


def test_the_longest_window_is_one_example(folder):
    assert len(series(length=30, horizon=0).open(folder)) == 1


def test_the_files_are_those_of_the_steps():
    assert list(series(length=2).files()) == ["series.npz"]


def test_a_spec_writes_a_source_in_a_source():
    text = {"of": {"npz": {"path": "a.npz"}}, "length": 3}
    assert Windows.model_validate(text).of == Npz(path="a.npz")


def test_a_column_can_be_feature_and_target(tmp_path):
    (tmp_path / "day.csv").write_text("load,wind\n" + "".join(f"{i},{-i}\n" for i in range(10)))
    source = Windows(of=Csv(path="day.csv"), length=3, target=("load",), horizon=2)
    examples = source.load(tmp_path)
    assert examples.inputs["features"][0].tolist() == [[0, 0], [1, -1], [2, -2]]
    assert examples.targets["load"].tolist() == [4, 5, 6, 7, 8, 9]
    check_laws(source, tmp_path)


def test_words_of_a_column_become_numbers_of_classes(tmp_path):
    (tmp_path / "day.csv").write_text("load,sky\n0,wet\n1,dry\n2,dry\n3,wet\n")
    source = Windows(of=Csv(path="day.csv", features=("load",)), length=2, target=("sky",))
    examples = source.load(tmp_path)
    assert examples.targets["sky"].tolist() == [0, 1]
    assert examples.classes == {"sky": ("dry", "wet")}
    check_laws(source, tmp_path)


def test_columns_are_those_of_the_last_step(tmp_path):
    (tmp_path / "day.csv").write_text("load,trust\n" + "".join(f"0,{i}\n" for i in range(10)))
    source = Windows(of=Csv(path="day.csv", target=("load",)), length=3, stride=2)
    assert source.columns(tmp_path, ["trust"])["trust"].tolist() == [2, 4, 6, 8]

from __future__ import annotations

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kc.library.callback import CallbackError
from kc.library.callbacks.csv_logger import CSVLogger
from tests.library.callbacks.drive import drive, drive_keras

names = st.sampled_from(["loss", "accuracy", "val_loss", "learning_rate"])
logs = st.dictionaries(names, st.floats(allow_nan=False, width=32), min_size=1)


def table(path) -> list[str]:
    return path.read_bytes().decode().split("\r\n")


@given(first=logs, others=st.lists(logs, max_size=4), separator=st.sampled_from(",;\t"))
def test_the_table_is_that_of_keras_but_for_epochs_from_1(
    first, others, separator, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("run")
    history = [first, *({**first, **other} for other in others)]
    history = [{name: epoch[name] for name in first} for epoch in history]
    drive_keras(keras.callbacks.CSVLogger(folder / "keras.csv", separator), history)
    drive(CSVLogger("ours.csv", separator), history, folder=folder)
    head, *wanted = table(folder / "keras.csv")
    assert table(folder / "ours.csv") == [
        head,
        *(f"{n}{line[len(str(n - 1)) :]}" for n, line in enumerate(wanted[:-1], 1)),
        "",
    ]


@pytest.mark.parametrize("cut", [1, 3])
def test_a_watcher_goes_on_from_its_state(tmp_path, cut):
    history = [{"loss": 1 / n} for n in range(1, 6)]
    drive(CSVLogger("whole.csv"), history, folder=tmp_path)
    drive(CSVLogger("cut.csv"), history, cut, folder=tmp_path)
    assert (tmp_path / "cut.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_no_file_is_overwritten(tmp_path):
    (tmp_path / "wine.csv").write_text("alcohol,class\n13,0\n")
    for append in (False, True):
        with pytest.raises(CallbackError) as error:
            drive(CSVLogger("wine.csv", append=append), [{"loss": 1.0}], folder=tmp_path)
        assert error.value.code.id == "KC554"
    assert (tmp_path / "wine.csv").read_text() == "alcohol,class\n13,0\n"


def test_a_table_is_continued_where_the_columns_are_the_same(tmp_path):
    for _ in range(2):
        drive(CSVLogger("a.csv", append=True), [{"loss": 1.0}], folder=tmp_path)
    assert table(tmp_path / "a.csv") == ["epoch,loss,val_loss", "1,1.0,NA", "1,1.0,NA", ""]


@pytest.mark.parametrize(
    "path", ["../a.csv", "/tmp/a.csv", "a/../../b.csv", ".hidden.csv", "model.h5", "a\n.csv", ""]
)
def test_a_path_out_of_the_folder_is_refused(path):
    with pytest.raises(ValidationError):
        CSVLogger(path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/logs").symlink_to(tmp_path)
    found = drive(CSVLogger("logs/a.csv"), [{"loss": 1.0}], folder=tmp_path / "run")
    assert [notice.code.id for notice in found.notices] == ["KC553"] * 2
    assert not (tmp_path / "a.csv").exists()

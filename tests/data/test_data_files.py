import os

import pytest

from kc.core.data import DataError
from kc.library.files import open_file


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "job"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "wine.csv").write_text("inside")
    (tmp_path / "secret.csv").write_text("outside")
    return folder


def refusal(folder, path: str) -> DataError:
    with pytest.raises(DataError) as caught:
        open_file(folder, path)
    return caught.value


@pytest.mark.parametrize("path", ["data/wine.csv", "./data/../data/wine.csv"])
def test_a_file_below_the_folder_opens(folder, path):
    with open_file(folder, path) as file:
        assert file.read() == b"inside"


def test_an_absolute_path_into_the_folder_opens(folder):
    with open_file(folder, str(folder / "data" / "wine.csv")) as file:
        assert file.read() == b"inside"


def test_a_link_that_stays_in_the_folder_opens(folder):
    (folder / "link.csv").symlink_to("data/wine.csv")
    with open_file(folder, "link.csv") as file:
        assert file.read() == b"inside"


@pytest.mark.parametrize(
    "path", ["../secret.csv", "data/../../secret.csv", "/etc/passwd", "link.csv", "way/secret.csv"]
)
def test_a_path_out_of_the_folder_is_refused(folder, path):
    (folder / "link.csv").symlink_to("../secret.csv")
    (folder / "way").symlink_to("..")
    error = refusal(folder, path)
    assert error.code.id == "KC412"
    assert error.message == f"`{path}` lies outside of the spec's folder"
    assert error.help == "put the file beside the spec or below it; a link does not help"


def test_a_sibling_folder_with_the_same_beginning_is_outside(folder):
    other = folder.parent / "job2"
    other.mkdir()
    (other / "x.csv").write_text("outside")
    assert refusal(folder, "../job2/x.csv").code.id == "KC412"


def test_a_missing_file_gets_a_near_miss(folder):
    error = refusal(folder, "data/wnie.csv")
    assert (error.code.id, error.message) == ("KC401", "there is no file `data/wnie.csv`")
    assert error.help == "did you mean `data/wine.csv`?"


def test_a_missing_folder_says_what_paths_are_relative_to(folder):
    assert refusal(folder, "nowhere/a.csv").help == "paths are relative to the folder of the spec"


def test_a_folder_is_no_file(folder):
    assert refusal(folder, "data").message == "`data` is no regular file"


def test_a_pipe_does_not_block(folder):
    os.mkfifo(folder / "pipe")
    assert refusal(folder, "pipe").message == "`pipe` is no regular file"


@pytest.mark.parametrize("path", ["a\0b", "a/" * 3000, "loop"])
def test_strange_paths_are_refused(folder, path):
    (folder / "loop").symlink_to("loop")
    assert refusal(folder, path).code.id in {"KC401", "KC412"}

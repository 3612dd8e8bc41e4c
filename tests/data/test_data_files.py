import os

import pytest

from kc.core.data import DataError
from kc.library.files import list_files, open_file


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


def listed(folder, path="data", suffixes=(".csv",)) -> list[str]:
    return [file.name for file in list_files(folder, path, set(suffixes))]


def unlisted(folder, path="data") -> DataError:
    with pytest.raises(DataError) as caught:
        listed(folder, path)
    return caught.value


def test_files_are_listed_folder_by_folder_in_the_order_of_names(folder):
    for name in ("b/2.csv", "b/10.csv", "a.CSV", "b-c/1.csv", "b/deep/0.csv"):
        (folder / "data" / name).parent.mkdir(exist_ok=True)
        (folder / "data" / name).write_text("x" * len(name))
    found = list_files(folder, "data", {".csv"})
    assert [(file.name, file.bytes) for file in found] == [
        ("a.CSV", 5), ("b/10.csv", 8), ("b/2.csv", 7), ("b/deep/0.csv", 12), ("b-c/1.csv", 9),
        ("wine.csv", 6),
    ]  # fmt: skip


def test_other_endings_hidden_files_and_pipes_are_not_listed(folder):
    for name in (".hidden.csv", "notes.txt"):
        (folder / "data" / name).write_text("")
    (folder / "data/.git").mkdir()
    (folder / "data/.git/x.csv").write_text("")
    os.mkfifo(folder / "data/pipe.csv")
    (folder / "data/folder.csv").mkdir()
    assert listed(folder) == ["wine.csv"]


def test_a_link_to_a_file_inside_is_listed_and_one_outside_is_refused(folder):
    (folder / "data/a.csv").symlink_to("wine.csv")
    assert listed(folder) == ["a.csv", "wine.csv"]
    (folder / "data/b.csv").symlink_to("../../secret.csv")
    assert unlisted(folder).code.id == "KC412"


def test_a_link_that_leads_nowhere_is_not_listed(folder):
    (folder / "data/a.csv").symlink_to("gone.csv")
    assert listed(folder) == ["wine.csv"]


def test_a_link_to_a_folder_is_refused(folder):
    (folder / "data/way").symlink_to("..")
    error = unlisted(folder)
    assert (error.message, error.help) == (
        "`data/way` is a link to a folder", "put the folder itself there"
    )  # fmt: skip


def test_folders_that_are_nested_too_deeply_are_refused(folder):
    (folder / "data" / "/".join("x" * 40)).mkdir(parents=True)
    assert unlisted(folder).message == "the folders in `data` are nested too deeply"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("dta", "there is no folder `dta`", id="missing"),
        pytest.param("data/wine.csv", "there is no folder `data/wine.csv`", id="a file"),
        pytest.param("..", "`..` lies outside of the spec's folder", id="above"),
        pytest.param("/etc", "`/etc` lies outside of the spec's folder", id="elsewhere"),
        pytest.param("a\0b", "a path cannot hold a NUL character", id="NUL"),
    ],
)
def test_a_folder_that_cannot_be_listed_is_named(folder, path, message):
    assert unlisted(folder, path).message == message

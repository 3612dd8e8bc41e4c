"""The page of a run, as a browser sees it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from kc.cli.main import run

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HOSTILE = "</style><script>document.title = 'taken'</script><img src=https://example.org/a.png>"

SPEC = f"""
kc: 1   # {HOSTILE}
name: pets
data:
  source: {{npz: {{path: data.npz, inputs: [photo, note, size], target: [kind, age]}}}}
  split: {{validation: 0.2, test: 0.2}}
  preprocess: {{note: [{{text_vectorization: {{max_tokens: 50, output_sequence_length: 4}}}}]}}
model:
  inputs: {{photo: [6, 6, 1], note: {{shape: [], dtype: string}}, size: [3]}}
  layers:
    - {{flatten: {{}}, from: photo, name: flat}}
    - {{embedding: {{input_dim: 50, output_dim: 2}}, from: note}}
    - {{flatten: {{}}, name: words}}
    - {{concatenate: {{}}, from: [flat, words, size], name: all}}
    - {{dense: {{units: 3, activation: softmax}}, from: all, name: kind}}
    - {{dense: 1, from: all, name: age}}
  outputs: [kind, age]
training:
  loss: {{kind: sparse_categorical_crossentropy, age: mean_squared_error}}
  metrics: {{kind: [accuracy]}}
  epochs: 2
  batch_size: 32
"""

UNKNOWN = """
kc: 1
name: directions
data: {source: {npz: {path: data.npz, inputs: [size], target: [size_again]}}}
model: {inputs: {size: [3]}, layers: [{dense: 3}]}
training: {loss: cosine_similarity, epochs: 1}
"""


class Page(HTMLParser):
    """What a browser would load, and what it would show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.titles: list[str] = []
        self.words = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        self.addresses += [value or "" for key, value in attributes if key in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._inside == "h2" and data.strip():
            self.titles.append(data.strip())


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a run of each spec."""
    path = tmp_path_factory.mktemp("pages")
    random = np.random.default_rng(0)
    kind = random.integers(0, 3, 100)
    size = random.normal(size=(100, 3)).astype("float32")
    arrays = {
        "photo": (random.normal(size=(100, 6, 6, 1)) + kind[:, None, None, None]).astype("float32"),
        "note": np.array([HOSTILE, "good dog\u202e\x1b[31m"])[kind % 2],
        "size": size,
        "size_again": size,
        "kind": kind.astype("int32"),
        "age": (kind * 2.0).astype("float32"),
    }
    np.savez(path / "data.npz", **arrays)
    for name, spec in (("pets", SPEC), ("directions", UNKNOWN)):
        (path / f"{name}.yaml").write_text(spec)
        arguments = ["train", str(path / f"{name}.yaml"), "-q", "--run-dir", str(path / name)]
        assert run(arguments) == 0
    return path


def test_training_leaves_the_page_of_the_run(folder):
    page = Page((folder / "pets/report.html").read_text())
    assert page.titles == [
        "Curves", "Results of kind, 20 test examples", "Results of age, 20 test examples",
        "Data", "Model", "Spec", "Run",
    ]  # fmt: skip
    for word in (
        "pets",
        "finished",
        "2 epochs",
        "precision",
        "RMSE",
        "good dog",
        "20 test",
        "seed",
    ):
        assert word in page.words, word
    assert page.tags.count("img") == 16


def test_a_page_names_no_address_and_holds_no_script(folder):
    page = Page((folder / "pets/report.html").read_text())
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert "script" not in page.tags
    assert HOSTILE in page.words
    assert "good dog\\u{202e}\\u{1b}[31m" in page.words


def test_a_model_with_outputs_of_an_unknown_kind_has_curves(folder):
    page = Page((folder / "directions/report.html").read_text())
    assert page.titles == ["Curves", "Data", "Model", "Spec", "Run"]


def test_a_page_can_be_written_again(folder, capsys):
    again = folder / "again.html"
    assert run(["report", str(folder / "pets"), "-o", str(again)]) == 0
    assert again.read_text() == (folder / "pets/report.html").read_text()
    assert capsys.readouterr().err == f"wrote {again}\n"


def test_a_run_that_has_not_finished_has_a_page(folder, tmp_path):
    unfinished = tmp_path / "run"
    shutil.copytree(folder / "directions", unfinished)
    lock = json.loads((unfinished / "lock.json").read_text())
    (unfinished / "lock.json").write_text(json.dumps({**lock, "folder": str(folder)}))
    for name in ("model.h5", "results.json", "report.html"):
        (unfinished / name).unlink()
    lines = (unfinished / "sessions.jsonl").read_text().splitlines()
    (unfinished / "sessions.jsonl").write_text(lines[0] + "\n")
    assert run(["report", str(unfinished)]) == 0
    page = Page((unfinished / "report.html").read_text())
    assert page.titles == ["Curves", "Model", "Spec", "Run"]
    assert "interrupted" in page.words


def test_a_full_disk_leaves_the_run_without_its_page(folder, monkeypatch, tmp_path, capsys):
    write_text = Path.write_text

    def refuse(path, *rest, **options):
        if path.name == "report.html":
            raise OSError(28, "No space left on device")
        return write_text(path, *rest, **options)

    monkeypatch.setattr(Path, "write_text", refuse)
    arguments = ["train", str(folder / "directions.yaml"), "-q", "--run-dir", str(tmp_path / "r")]
    assert run(arguments) == 0
    assert "report.html could not be saved: No space left" in capsys.readouterr().err


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("name", ["pets", "directions"])
def test_a_browser_shows_a_page_without_complaint(folder, tmp_path, name):
    assert BROWSER is not None
    page = folder / name / "report.html"
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
        f"--user-data-dir={tmp_path}", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    # A request that the page's policy stops, or a style that it does not know, stands here.
    assert not re.findall(r".*CONSOLE.*", done.stderr)
    shown = Page(done.stdout)
    assert shown.titles == Page(page.read_text()).titles
    assert f"<title>{name} · kc report</title>" in done.stdout

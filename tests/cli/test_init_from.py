"""``kc init --from``: the written spec is clean and trains, whatever the data are."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kc.cli import main

KINDS = ("setosa", "virginica", "versicolor")


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def table(path: str, rows: int = 60) -> str:
    draw = random.Random(0)
    lines = ["id,petal length (cm),width,garden,note,found,class,weight"]
    for i in range(rows):
        note = " ".join(draw.choices(["a", "blue", "flower", "near", "water"], k=5))
        garden = draw.choice(["north", "south", ""])
        width = draw.choice(["", "1.5", "2.5"])
        size = draw.gauss(4, 1)
        lines.append(
            f"{i},{size:.2f},{width},{garden},{note} {i},2026-01-{i % 28 + 1:02},"
            f"{draw.choice(KINDS)},{3 * size + 100:.2f}"
        )
    Path(path).write_text("\n".join(lines))
    return path


def lines(path: str) -> str:
    draw = random.Random(0)
    rows = [
        {
            "size": draw.gauss(4, 1),
            "code": str(i % 3),
            "wild": draw.random() < 0.5,
            "colour": draw.choice(["red", None]),
            "parts": [1, 2],
            "kind": draw.choice(KINDS),
        }
        for i in range(60)
    ]
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def parquet(path: str) -> str:
    import pyarrow.json
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.json.read_json(lines("lines.jsonl")), path)
    return path


def images(path: str, size=(12, 10), mode="RGB") -> str:
    for kind in ("cat", "dog"):
        Path(path, kind).mkdir(parents=True)
        for i in range(12):
            Image.new(mode, size, i * 20).save(Path(path, kind, f"{i}.png"))
    return path


def texts(path: str) -> str:
    for kind in ("bad", "good"):
        Path(path, kind).mkdir(parents=True)
        for i in range(12):
            Path(path, kind, f"{i}.txt").write_text(f"this was {kind} {i} times, and more")
    return path


def arrays(path: str, **more: np.ndarray) -> str:
    x = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")
    np.savez(path, x=x, label=np.arange(40) % 2, **more)
    return path


def pictures(path: str) -> str:
    np.savez(path, x=np.zeros((40, 8, 8, 1), "uint8"), y=np.arange(40) % 4)
    return path


@pytest.mark.parametrize(
    ("make", "path", "options"),
    [
        pytest.param(table, "flowers.csv", [], id="classes of a table"),
        pytest.param(table, "flowers.csv", ["--target", "weight"], id="a number of a table"),
        pytest.param(lines, "data.jsonl", [], id="lines of JSON"),
        pytest.param(parquet, "data.parquet", [], id="Parquet"),
        pytest.param(images, "photos", [], id="images"),
        pytest.param(texts, "reviews", [], id="texts"),
        pytest.param(arrays, "data.npz", [], id="arrays"),
        pytest.param(pictures, "data.npz", [], id="pictures in arrays"),
    ],
)
def test_the_spec_is_clean_and_trains(kc, make, path, options):
    code, _, err = kc("init", "--from", make(path), *options)
    assert code == 0, err
    assert "wrote spec.yaml" in err
    assert kc("validate", "spec.yaml", "--strict") == (0, "spec.yaml: ok\n", "")
    code, out, err = kc("train", "spec.yaml", "--set", "training.epochs=1", "--run-dir", "run")
    assert code == 0, err
    assert "test  loss" in out


def test_it_says_what_it_saw_and_decided(kc):
    _, _, err = kc("init", "--from", table("flowers.csv"))
    assert err.splitlines()[:9] == [
        "60 rows, 8 columns",
        "numbers: `petal length (cm)`, `weight`",
        "words: `garden`",
        "text: `note`",
        "left out, another value in each row: `id`",
        "left out, some are missing: `width`",
        "left out, dates: `found`",
        "predicts `class`, one of 3 classes: it is called so; `--target` chooses another",
        "wrote spec.yaml: for flowers.csv",
    ]


def test_numbers_alone_need_no_list_of_columns(kc):
    Path("a.csv").write_text("x;z;price\n" + "".join(f"{i};{i % 7};{i / 3}\n" for i in range(30)))
    assert kc("init", "--from", "a.csv")[0] == 0
    spec = Path("spec.yaml").read_text()
    assert 'delimiter: ";"' in spec
    assert "inputs:  #" not in spec
    assert kc("validate", "spec.yaml", "--strict")[0] == 0


def test_many_words_of_a_column_get_trained_vectors(kc):
    rows = [f"{i},w{i % 40},{i % 3}" for i in range(120)]
    Path("a.csv").write_text("\n".join(["x,city,kind", *rows]))
    assert kc("init", "--from", "a.csv")[0] == 0
    assert "embedding: {input_dim: 41, output_dim: 8}, from: city" in Path("spec.yaml").read_text()
    assert kc("validate", "spec.yaml", "--strict")[0] == 0


@pytest.mark.parametrize(
    "name", ["$x", "a: b", "y", "1", "from", "features", "é", "a,b", "no", "#", "a\nb", "'"]
)
def test_columns_may_be_called_anything(kc, name):
    rows = [f"{i},w{i % 4},w{i % 3}" for i in range(30)]
    Path("a.csv").write_text("\n".join([f'one,"{name}","{name}2"', *rows]), encoding="utf-8")
    for target in (name, f"{name}2"):
        code, _, err = kc("init", "--from", "a.csv", "--target", target, "--force")
        assert code == 0, err
        assert kc("validate", "spec.yaml", "--strict") == (0, "spec.yaml: ok\n", "")


def test_the_spec_may_lie_above_the_data(kc):
    Path("data").mkdir()
    table("data/flowers.csv")
    assert kc("init", "--from", "data/flowers.csv")[0] == 0
    assert "path: data/flowers.csv" in Path("spec.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["flowers.csv", "--target", "clas"], "there is no column `clas`", id="column"),
        pytest.param(["flowers.csv", "--target", "width"], "cannot be a target", id="missing"),
        pytest.param(["flowers.csv", "--target", "note"], "cannot be a target", id="text"),
        pytest.param(["none.csv"], "there is no file `none.csv`", id="no file"),
        pytest.param(["a.doc"], "cannot tell what `a.doc` holds", id="another kind"),
        pytest.param(["empty"], "`empty` holds no file", id="no images"),
        pytest.param(["flat"], "lie in no folders of classes", id="no classes"),
        pytest.param(["flat", "--target", "x"], "`flat` has no column `x`", id="no columns"),
        pytest.param(["empty.csv"], "`empty.csv` is empty", id="empty"),
        pytest.param(["ragged.csv"], "line 2 of `ragged.csv` has 1 cell", id="ragged"),
        pytest.param(["alone.csv"], "no column is left to learn from", id="one column"),
        pytest.param(["names.csv"], "no column looks like a target", id="no target"),
        pytest.param(["twice.csv"], "two columns `a`", id="two of a name"),
        pytest.param(["binary.csv"], "`binary.csv` is not UTF-8 text", id="bytes"),
        pytest.param(["bad.npz"], "`bad.npz` is no npz file", id="no npz"),
        pytest.param(["/etc/passwd"], "lies outside of the folder", id="outside"),
        pytest.param(["flowers.csv", "digits_mlp"], "exclude each other", id="a template, too"),
    ],
)
def test_what_cannot_be_used_is_named(kc, arguments, message):
    table("flowers.csv")
    Path("empty").mkdir()
    Path("flat").mkdir()
    Image.new("L", (4, 4)).save("flat/a.png")
    for name, text in {
        "empty.csv": b"",
        "ragged.csv": b"a,b\n1\n",
        "alone.csv": b"class\n1\n2\n",
        "names.csv": b"a,b\n1,\n,2\n",
        "twice.csv": b"a,a\n1,2\n",
        "binary.csv": b"a,b\n\xff,2\n",
        "bad.npz": b"no",
        "a.doc": b"",
    }.items():
        Path(name).write_bytes(text)
    code, _, err = kc("init", "--from", *arguments)
    assert code in {1, 2}
    assert message in err
    assert not Path("spec.yaml").exists()


def test_a_target_needs_data(kc):
    code, _, err = kc("init", "--target", "x")
    assert code == 2
    assert "`--target` names a column of what `--from` names" in err

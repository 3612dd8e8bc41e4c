from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kc.cli import lockfile, main

SPEC = """\
kc: 1
vars: {width: 8}
model:
  inputs: {x: [4]}
  layers:
    - {dense: $width, name: wide}
    - dense: 1
training: {loss: mean_squared_error, epochs: 5}
"""


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    """Runs kc in an empty folder; exit code and all that it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str]:
        code = main.run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


@pytest.fixture
def locked(kc):
    """Validates a text against the lock of ``SPEC``."""
    Path("spec.yaml").write_text(SPEC)
    assert kc("lock", "spec.yaml") == (0, "wrote spec.lock.json\n")

    def validate(text: str, *options: str) -> tuple[int, str]:
        Path("spec.yaml").write_text(text)
        return kc("validate", "--locked", "spec.yaml", *options)

    return validate


def test_a_spec_is_as_its_lock(locked):
    assert locked(SPEC) == (0, "spec.yaml: ok\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("kc: 1\n", "# a comment\nkc: 1\n", id="comment"),
        pytest.param("width", "wide", id="another name of a variable"),
        pytest.param("$width", "2 * 4", id="another way to write a number"),
        pytest.param("- dense: 1", "- dense: {units: 1, use_bias: true}", id="a default"),
        pytest.param("{loss: mean_squared_error, epochs: 5}",
                     "{epochs: 5, loss: mean_squared_error}", id="order of keys"),
    ],
)  # fmt: skip
def test_spelling_may_change(locked, old, new):
    text = SPEC.replace(old, new)
    code, output = locked(text, "--fail-on", "error")
    assert code == 0
    assert output.endswith("(comments or spelling changed: same program as locked)\n")


def layer(units: int, parameters: int) -> str:
    return f"dense, float32[batch, {units}], {parameters} parameters"


@pytest.mark.parametrize(
    ("old", "new", "notes"),
    [
        pytest.param(
            "width: 8",
            "width: 9",
            [
                "model.layers[0].dense.units: 8 -> 9",
                f"layer `wide`: {layer(8, 40)} -> {layer(9, 45)}",
                f"layer `dense`: {layer(1, 9)} -> {layer(1, 10)}",
                "parameters: 49 -> 55",
            ],
            id="units",
        ),
        pytest.param(
            "epochs: 5", "epochs: 6", ["training.epochs: 5 -> 6"], id="setting of training"
        ),
        pytest.param(
            "    - dense: 1\n",
            "    - {relu: {}, name: new}\n    - dense: 1\n",
            ["layer `new` is new: relu, float32[batch, 8]"],
            id="a layer more",
        ),
        pytest.param(
            "    - {dense: $width, name: wide}\n",
            "",
            [
                f"layer `wide` is gone: {layer(8, 40)}",
                f"layer `dense`: {layer(1, 9)} -> {layer(1, 5)}",
                "parameters: 49 -> 5",
            ],
            id="a layer less",
        ),
        pytest.param(
            "- dense: 1",
            "- dense: 2",
            [
                "model.layers[1].dense.units: 1 -> 2",
                f"layer `dense`: {layer(1, 9)} -> {layer(2, 18)}",
                "parameters: 49 -> 58",
                'output dense: "float32[batch, 1]" -> "float32[batch, 2]"',
            ],
            id="shape of the output",
        ),
    ],
)
def test_meaning_may_not_change(locked, old, new, notes):
    code, output = locked(SPEC.replace(old, new), "--format", "json")
    assert code == 1
    [found] = [one for one in json.loads(output) if one["severity"] == "error"]
    assert found["code"] == "KC022"
    assert found["notes"] == notes


def test_a_change_is_shown_at_its_place(locked):
    _, output = locked(SPEC.replace("epochs: 5", "epochs: 6"))
    assert "spec.yaml:8:46" in output
    assert "the lock has `5`" in output


def test_overrides_are_changes(locked):
    assert locked(SPEC, "--set", "training.epochs=6")[0] == 1


def test_a_missing_lock_is_an_error(kc):
    Path("spec.yaml").write_text(SPEC)
    code, output = kc("validate", "--locked", "spec.yaml")
    assert code == 1
    assert "error[KC020]: `spec.yaml` has no lock" in output


def test_locks_of_a_folder_stand_beside_its_specs(kc):
    Path("a/b").mkdir(parents=True)
    Path("a/one.yaml").write_text(SPEC)
    Path("a/b/two.yaml").write_text(SPEC)
    assert kc("lock", "a")[0] == 0
    assert Path("a/one.lock.json").is_file()
    assert Path("a/b/two.lock.json").is_file()
    assert kc("validate", "--locked", "a") == (0, "2 files: ok\n")


def test_a_spec_with_an_error_gets_no_lock(kc):
    Path("spec.yaml").write_text(SPEC.replace("dense: 1", "dens: 1"))
    assert kc("lock", "spec.yaml")[0] == 1
    assert [path.name for path in Path().iterdir()] == ["spec.yaml"]


def test_the_standard_input_has_no_lock(kc):
    assert kc("lock", "-")[0] == 2


HOSTILE = {
    "deep": '{"a":' * 100_000,
    "not JSON": "lock",
    "not UTF-8": b"\xff\xfe",
    "another version": '{"lock": 2}',
    "a list": "[]",
    "a long number": '{"lock": ' + "9" * 10_000 + "}",
    "not a number": '{"lock": NaN}',
    "unknown keys": '{"lock": 1, "\\u001b[31m": 1}',
    "nothing": "",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_bad_lock_is_refused(kc, content):
    Path("spec.yaml").write_text(SPEC)
    data = content if isinstance(content, bytes) else content.encode()
    Path("spec.lock.json").write_bytes(data)
    code, output = kc("validate", "--locked", "spec.yaml")
    assert code == 1
    assert "error[KC021]: the lock of `spec.yaml` cannot be used: " in output
    assert output.replace("\n", "").isprintable()


def test_a_huge_lock_is_refused_unread(kc):
    Path("spec.yaml").write_text(SPEC)
    with Path("spec.lock.json").open("wb") as file:
        file.truncate(10**12)  # a sparse file
    assert "it has more than 16,000,000 bytes" in kc("validate", "--locked", "spec.yaml")[1]


def test_a_pipe_is_no_lock(kc):
    Path("spec.yaml").write_text(SPEC)
    os.mkfifo("spec.lock.json")
    assert "it is no regular file" in kc("validate", "--locked", "spec.yaml")[1]


def test_a_lock_edited_by_hand_is_no_agreement(locked):
    lock = json.loads(Path("spec.lock.json").read_text())
    lock["layers"] = {
        f"l\x1b{n}": {"kind": "\x1b", "output": "", "parameters": 1} for n in range(99)
    }
    Path("spec.lock.json").write_text(json.dumps(lock))
    code, output = locked(SPEC)
    assert code == 1
    assert "and 81 more" in output
    assert output.replace("\n", "").isprintable()


def test_a_fingerprint_edited_by_hand_is_no_agreement(locked):
    lock = json.loads(Path("spec.lock.json").read_text())
    Path("spec.lock.json").write_text(json.dumps({**lock, "fingerprint": "0"}))
    assert locked(SPEC)[0] == 1


def test_a_lock_replaces_a_link_and_not_what_it_names(kc):
    Path("spec.yaml").write_text(SPEC)
    Path("secret").write_text("kept")
    Path("spec.lock.json").symlink_to("secret")
    assert kc("lock", "spec.yaml")[0] == 0
    assert Path("secret").read_text() == "kept"
    assert not Path("spec.lock.json").is_symlink()


def test_a_folder_that_cannot_be_written_is_a_usage_error(kc, monkeypatch):
    def refuse(lock, path):
        raise PermissionError(13, "Permission denied")

    Path("spec.yaml").write_text(SPEC)
    monkeypatch.setattr(lockfile, "write_lock", refuse)
    code, output = kc("lock", "spec.yaml")
    assert code == 2
    assert "cannot write `spec.lock.json`" in output

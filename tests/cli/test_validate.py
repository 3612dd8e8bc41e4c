from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kc.cli import main, parallel
from kc.cli.render import Format

GOOD = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}\n"
BAD = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dens: 1}]}\n"
WARNED = "kc: 1\nvars: {a: 1}\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}\n"


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    """Runs `kc validate` in an empty folder; exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(["validate", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_good_spec_is_ok(kc):
    Path("spec.yaml").write_text(GOOD)
    assert kc("spec.yaml") == (0, "spec.yaml: ok\n", "")


def test_an_error_fails(kc):
    Path("spec.yaml").write_text(BAD)
    code, out, _ = kc("spec.yaml")
    assert code == 1
    assert "error[KC105]: there is no layer `dens`" in out
    assert out.endswith("found 1 error in spec.yaml\n")


def test_a_warning_fails_only_strictly(kc):
    Path("spec.yaml").write_text(WARNED)
    assert kc("spec.yaml")[0] == 0
    assert kc("spec.yaml", "--strict")[0] == 1


@pytest.mark.parametrize(
    ("fail_on", "text", "code"),
    [
        ("error", WARNED, 0),
        ("warning", WARNED, 1),
        ("warning", GOOD, 0),
        ("never", BAD, 0),
    ],
)
def test_what_fails_can_be_chosen(kc, fail_on, text, code):
    Path("spec.yaml").write_text(text)
    assert kc("spec.yaml", "--fail-on", fail_on)[0] == code


def test_quietly_says_only_what_is_found(kc):
    Path("good.yaml").write_text(GOOD)
    Path("bad.yaml").write_text(BAD)
    assert kc("good.yaml", "--quiet") == (0, "", "")
    code, out, _ = kc("bad.yaml", "-q", "--format", "concise")
    assert code == 1
    assert out == "bad.yaml:2:37: error[KC105] there is no layer `dens`\n"


def test_a_report_goes_into_a_file(kc):
    Path("spec.yaml").write_text(BAD)
    code, out, err = kc("spec.yaml", "--format", "json", "--output", "report.json")
    assert (code, out, err) == (1, "", "wrote report.json\n")
    assert json.loads(Path("report.json").read_text())[0]["code"] == "KC105"


def test_a_report_that_cannot_be_written_is_a_usage_error(kc):
    Path("spec.yaml").write_text(GOOD)
    assert kc("spec.yaml", "--output", "missing/report.txt")[0] == 2


def test_an_override_changes_the_spec(kc):
    Path("spec.yaml").write_text(BAD)
    assert kc("spec.yaml", "--set", "model.layers[0]=relu")[0] == 0


def test_a_folder_is_searched_for_specs(kc):
    Path("deep/er").mkdir(parents=True)
    Path("deep/er/b.yml").write_text(BAD)
    Path("deep/a.yaml").write_text(GOOD)
    Path("deep/workflow.yaml").write_text("on: push\n")
    Path("deep/notes.txt").write_text("kc: 1\n")
    Path("deep/.hidden").mkdir()
    Path("deep/.hidden/c.yaml").write_text(BAD)
    code, out, _ = kc("deep", "--format", "concise")
    assert code == 1
    assert out == (
        f"deep{os.sep}er{os.sep}b.yml:2:37: error[KC105] there is no layer `dens`\n"
        "found 1 error in 2 files\n"
    )


def test_a_folder_without_specs_is_a_usage_error(kc):
    Path("empty").mkdir()
    code, out, _ = kc("empty")
    assert code == 2
    assert "the folder holds no YAML file with a `kc:` line" in out


def test_patterns_are_expanded(kc):
    Path("specs/deep").mkdir(parents=True)
    for name in ("a.yaml", "deep/b.yaml", "deep/c.yml"):
        Path("specs", name).write_text(GOOD)
    assert kc("specs/**/*.yaml")[1] == "2 files: ok\n"
    assert kc("specs/[ab].yaml")[1] == "specs/a.yaml: ok\n"
    assert kc("sp*")[1] == "3 files: ok\n"


def test_a_pattern_without_a_match_is_a_usage_error(kc):
    code, out, _ = kc("*.yaml")
    assert code == 2
    assert "cannot read `*.yaml`: no file matches" in out


def test_a_file_that_is_called_like_a_pattern_is_that_file(kc):
    Path("[a].yaml").write_text(GOOD)
    assert kc("[a].yaml")[1] == "[a].yaml: ok\n"


def test_a_file_that_is_named_twice_is_checked_once(kc):
    Path("a.yaml").write_text(BAD)
    assert kc("a.yaml", "*.yaml", ".")[1].count("KC105") == 1


def test_findings_in_many_files_are_in_the_order_of_the_files(tmp_path):
    names = [f"spec{n}.yaml" for n in range(parallel.WORTH_IT + 5)]
    for n, name in enumerate(names):
        (tmp_path / name).write_text(BAD if n % 3 else GOOD)
    program = (
        "import sys; from kc.cli import main, parallel; parallel.cores = lambda: 2; "
        "sys.exit(main.run(['validate', '--format', 'concise', *sys.argv[1:]]))"
    )
    # In a process of its own: copies of one that runs tests are not safe.
    done = subprocess.run(
        [sys.executable, "-c", program, *reversed(names)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    bad = [name for n, name in enumerate(names) if n % 3]
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[:-1]] == bad[::-1]
    assert done.stderr == ""


def test_a_dash_is_the_standard_input(kc, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    code, out, _ = kc("-", "--format", "concise")
    assert code == 1
    assert out.startswith("<stdin>:2:37: error[KC105]")


@pytest.mark.parametrize("format", list(Format))
def test_formats(kc, format):
    Path("spec.yaml").write_text(BAD)
    code, out, _ = kc("spec.yaml", "--format", format)
    assert code == 1
    assert "KC105" in out
    if format == "json":
        assert json.loads(out)[0]["help"] == "did you mean `dense`?"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("missing.yaml", "no such file", id="missing"),
        pytest.param("pipe", "no regular file", id="pipe"),
        pytest.param("/dev/null", "no regular file", id="device"),
        pytest.param("a\0b", "null", id="NUL"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(kc, path, reason):
    os.mkfifo("pipe")
    code, out, _ = kc(path)
    assert code == 2
    assert "error[KC015]: cannot read" in out
    assert reason in out


def test_a_large_file_is_refused_unread(kc):
    with Path("spec.yaml").open("wb") as file:
        file.truncate(10**12)  # a sparse file
    code, out, _ = kc("spec.yaml")
    assert code == 1
    assert "error[KC010]: the file has more than 1,000,000 bytes" in out


def test_latin_1_is_refused_with_its_place(kc):
    Path("spec.yaml").write_bytes(b"kc: 1\nname: caf\xe9\n")
    code, out, _ = kc("spec.yaml", "--format", "concise")
    assert code == 1
    assert out.startswith("spec.yaml:2:10: error[KC002]")


def test_one_bad_file_does_not_hide_another(kc):
    Path("a.yaml").write_text(BAD)
    Path("c.yaml").write_text(BAD)
    code, out, _ = kc("a.yaml", "b.yaml", "c.yaml", "--format", "concise")
    assert code == 2
    assert [line.partition(":")[0] for line in out.splitlines()[:3]] == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]


def test_an_interrupt_ends_all_processes(tmp_path):
    """Each file waits for a second; Ctrl-C does not."""
    program = """
import sys, time
from kc.cli import main, parallel
from kc.cli.validate import _Check

def wait(self, name):
    print("at work", flush=True)
    time.sleep(1)

_Check.__call__ = wait
parallel.cores = lambda: 2
sys.exit(main.run(["validate", *(f"{n}.yaml" for n in range(100))]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_validating_imports_nothing_heavy(tmp_path):
    (tmp_path / "spec.yaml").write_text(GOOD)
    program = (
        "import sys; from kc.cli.main import run; assert run(['validate', 'spec.yaml']) == 0; "
        "print({'jax', 'jaxlib', 'numpy', 'h5py', 'rich', 'optax'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "spec.yaml: ok\nset()\n"

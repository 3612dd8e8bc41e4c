from __future__ import annotations

import pytest

from kc.cli import main, options
from kc.cli.render import ExitCode
from kc.core import codes
from kc.core.diagnostic import failure


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("KC_TRACEBACK", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def failing(monkeypatch):
    """Makes `kc schema` raise an error."""

    def prepare(error: BaseException) -> None:
        def write(text: str, output: object) -> None:
            raise error

        monkeypatch.setattr("kc.cli.schema.write", write)

    return prepare


@pytest.mark.parametrize("command", main.COMMANDS)
def test_each_command_explains_itself(kc, command):
    code, out, _ = kc(command, "--help")
    assert code == 0
    assert "Examples:" in out
    assert f"kc {command}" in out


def test_help_lists_all_commands(kc):
    code, out, _ = kc("--help")
    assert code == 0
    assert all(f"\n  {command} " in out for command in main.COMMANDS)


def test_version(kc):
    assert kc("--version")[1].startswith("kc 0.")


def test_an_unknown_command_gets_a_suggestion(kc):
    code, _, err = kc("validat")
    assert code == ExitCode.USAGE
    assert "validate" in err


def test_an_unknown_option_is_a_usage_error(kc):
    assert kc("validate", "--colour")[0] == ExitCode.USAGE


def test_an_internal_error_shows_no_traceback(kc, failing):
    failing(RuntimeError("boom\nsecond line"))
    code, out, err = kc("schema")
    assert code == ExitCode.INTERNAL
    assert out == ""
    assert err.startswith("error: internal error: RuntimeError: boom\n")
    assert "Traceback" not in err


@pytest.mark.parametrize("ask", ["option", "environment"])
def test_a_traceback_for_who_asks(kc, failing, monkeypatch, ask):
    monkeypatch.setenv("KC_TRACEBACK", "1" if ask == "environment" else "")
    failing(RuntimeError("boom"))
    code, _, err = kc(*(["--traceback"] if ask == "option" else []), "schema")
    assert code == ExitCode.INTERNAL
    assert "Traceback (most recent call last)" in err


def test_a_compile_error_from_anywhere_is_rendered(kc, failing):
    failing(failure(codes.NOT_FINITE, "the loss is nan", help="use a smaller learning rate"))
    code, _, err = kc("schema")
    assert code == ExitCode.RUN_FAILED
    assert err == ("error[KC501]: the loss is nan\n  = help: use a smaller learning rate\n")


def test_an_interrupt_ends_with_130(kc, failing):
    failing(KeyboardInterrupt())
    assert kc("schema")[0] == ExitCode.INTERRUPTED


def test_a_folder_cannot_be_compiled(kc, tmp_path):
    code, _, err = kc("summary", str(tmp_path))
    assert code == ExitCode.USAGE
    assert "it is a folder" in err


def test_output_goes_to_a_file(tmp_path, capsys):
    options.write("text\n", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == "text\n"
    assert capsys.readouterr().out == ""


def test_an_output_that_cannot_be_written_is_a_usage_error(kc):
    code, _, err = kc("schema", "-o", "no/such/folder.json")
    assert code == ExitCode.USAGE
    assert "cannot write `no/such/folder.json`" in err

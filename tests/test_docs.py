"""What the pages show is true: specs are valid, outputs are exact, commands and links exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kc.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
    ]
)
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
NAMED = re.compile(r"# (?P<name>[\w/.]+)\n")
"""The first line of a block that is a file of this name."""

# Extends the packages of the library by folders, then runs one command line.
WITH_ENTRIES = """\
import importlib, pathlib, sys
for folder in pathlib.Path("library").iterdir():
    importlib.import_module(f"kc.library.{folder.name}").__path__.append(str(folder.resolve()))
from kc.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[str]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [block["body"] for block in found if block["language"] in languages]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def specs() -> Iterator[object]:
    for page in PAGES:
        for number, body in enumerate(blocks(page, "yaml"), 1):
            # A first line of comment that names a file makes it the input of a command.
            if NAMED.match(body) is None and re.search(r"^kc: 1$", body, re.MULTILINE):
                yield pytest.param(body, id=f"{named(page)} block {number}")


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).splitlines()
    return [line[2:] for line in lines if line.startswith("$ ")]


def validations() -> Iterator[object]:
    """Validations of specs that the same page shows, with all that they print."""
    for page in PAGES:
        files = {m["name"]: b for b in blocks(page, "yaml") if (m := NAMED.match(b))}
        for body in blocks(page, "console"):
            command, _, output = body.partition("\n")
            words = shlex.split(command[2:])
            if words[:2] == ["kc", "validate"] and words[2] in files:
                yield pytest.param(words, files[words[2]], output, id=f"{named(page)}: {command}")


def anchors(page: Path) -> set[str]:
    """Headings as they are addressed."""
    titles = [match["text"].lower() for match in HEADING.finditer(prose(page))]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("text", list(specs()))
def test_shown_specs_are_valid(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(text, encoding="utf-8")
    code = main.run(["validate", "spec.yaml", "--strict"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize(("command", "text", "output"), list(validations()))
def test_shown_diagnostics_are_exact(command, text, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path(command[2]).write_text(text, encoding="utf-8")
    main.run(command[1:])
    assert capsys.readouterr().out == output


def test_some_diagnostics_are_shown():
    assert len(list(validations())) >= 3


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_shown_commands_exist(page):
    called = [shlex.split(line, comments=True) for line in commands(page)]
    named_in_prose = re.findall(r"`kc ([a-z]+)", prose(page))
    names = {words[1] for words in called if words[0] == "kc"} | set(named_in_prose)
    assert names <= set(main.COMMANDS)
    targets = {words[1] for words in called if words[0] == "make"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def command_of(words: list[str]) -> list[str]:
    """The command whose help has the options of a line."""
    if words[2:3] and words[2] in {"compare", "worker", "show", "best", "diff"}:
        return words[1:3]
    return ["sweep", "run"] if words[1] == "sweep" else words[1:2]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_shown_options_exist(page, capsys):
    """Each long option after a command is in the command's help."""
    for line in commands(page):
        words = shlex.split(line, comments=True)
        if words[0] == "kc":
            main.run([*command_of(words), "--help"])
            help = capsys.readouterr().out
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert all(option in help for option in options), line


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_resolve(page):
    for match in LINK.finditer(prose(page)):
        target, _, anchor = match["target"].partition("#")
        if target.startswith(("http://", "https://")):
            continue
        place = (page.parent / target).resolve() if target else page
        assert place.exists(), match["target"]
        assert not anchor or anchor in anchors(place), match["target"]


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = [page.name for page in folder.glob("[0-9]*.md")]
    assert records
    assert all(f"({name})" in index for name in records)


def test_the_readme_shows_the_example_as_it_is():
    example = (ROOT / "examples/digits_mlp/spec.yaml").read_text(encoding="utf-8")
    assert example in blocks(ROOT / "README.md", "yaml")


def test_entries_of_the_architecture_page_work(tmp_path):
    """Each is a file of the library; together they train a model and are printed."""
    page = ROOT / "docs/architecture.md"
    files = {m["name"]: b for b in blocks(page, "python") if (m := NAMED.match(b))}
    for name, text in files.items():
        file = tmp_path / name.removeprefix("kc/")  # a folder `kc` would hide the package
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert len(files) == 5
    (spec,) = [body for body in blocks(page, "text") if body.startswith("kc: 1")]
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    (tmp_path / "run.py").write_text(WITH_ENTRIES, encoding="utf-8")

    def call(*arguments: str) -> str:
        command = [sys.executable, "run.py", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "stopped early: loss is 0.0" in call("train", "spec.yaml")
    assert "def layer_scale(" in call("generate", "spec.yaml")


def test_the_reference_is_as_the_code_prints_it():
    from kc.cli.reference import pages

    folder = ROOT / "docs" / "reference"
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    assert set(found) == set(pages())
    for name, text in pages().items():
        assert found[name].read_text() == text, "run `make docs`"

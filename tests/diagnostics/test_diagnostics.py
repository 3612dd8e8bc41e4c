"""The pages beside this file, run: each case is a spec, a command and its exact output."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from kc.cli import main

PAGES = sorted(Path(__file__).parent.glob("*.md"))
CASE = re.compile(
    r"^## (?P<title>[^\n]+)\n(?P<prose>.*?)"
    r"(?P<others>(?:^```yaml\n# [^\n]+\n(?:(?!^```).)*^```\n\n)*)"
    r"^```yaml\n(?P<spec>(?:(?!^```).)*?)^```\n\n"
    r"^```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

OTHER = re.compile(r"^```yaml\n# (?P<name>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
"""A file beside the spec: its first line is a comment with its name."""


def cases() -> Iterator[object]:
    for page in PAGES:
        for match in CASE.finditer(page.read_text(encoding="utf-8")):
            yield pytest.param(page, match["title"], id=f"{page.stem}: {match['title']}")


def find(page: Path, title: str) -> re.Match[str]:
    text = page.read_text(encoding="utf-8")
    return next(match for match in CASE.finditer(text) if match["title"] == title)


@pytest.mark.parametrize(("page", "title"), list(cases()))
def test_output_is_as_the_page_shows_it(page, title, tmp_path, monkeypatch, capsys, update_golden):
    case = find(page, title)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path("spec.yaml").write_text(case["spec"], encoding="utf-8")
    for other in OTHER.finditer(case["others"]):
        Path(other["name"]).write_text(f"# {other['name']}\n{other['text']}", encoding="utf-8")
    main.run(shlex.split(case["command"])[1:])
    output = capsys.readouterr().out
    if update_golden:
        text = page.read_text(encoding="utf-8")
        start, end = case.span("output")
        page.write_text(text[:start] + output + text[end:], encoding="utf-8")
    else:
        assert output == case["output"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_section_of_a_page_is_a_case(page):
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^## ", text, re.MULTILINE)) == len(CASE.findall(text))


def test_titles_are_unique_within_a_page():
    for page in PAGES:
        titles = [match["title"] for match in CASE.finditer(page.read_text(encoding="utf-8"))]
        assert len(titles) == len(set(titles))

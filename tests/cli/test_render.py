from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kc.cli import render
from kc.cli.escape import escape, github_message, github_property, shorten
from kc.cli.render import ExitCode, FailOn, Format
from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label, Report
from kc.core.span import SourceText, Span


def span(text: str, line: int, column: int, length: int = 1, name: str = "spec.yaml") -> Span:
    return Span(SourceText(name, text), line, column, line, column + length)


def finding(message: str = "unknown key `a`", at: Span | None = None, **rest) -> Diagnostic:
    report = Report()
    report.add(rest.pop("code", codes.UNKNOWN_KEY), message, at=at, **rest)
    return report.diagnostics[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain `text`, café, 単位", "plain `text`, café, 単位", id="text stays"),
        pytest.param("a\x1b[31mb", "a\\u{1b}[31mb", id="escape"),
        pytest.param("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}", id="line breaks and tabs"),
        pytest.param("\x7f\x9b", "\\u{7f}\\u{9b}", id="DEL and C1"),
        pytest.param("\u202e\u2066", "\\u{202e}\\u{2066}", id="bidi"),
        pytest.param("a\u200b\ufeff", "a\\u{200b}\\u{feff}", id="zero width"),
        pytest.param("\ud800", "\\u{d800}", id="surrogate"),
        pytest.param("a ##[error]b", "a ##\\u{5b}error]b", id="command of GitHub"),
        pytest.param("\u2028\u2029", "\\u{2028}\\u{2029}", id="separators"),
        pytest.param("\U000e0041", "\\u{e0041}", id="tags"),
    ],
)
def test_escape_shows_what_does_not_print(text, shown):
    assert escape(text) == shown


@given(st.text())
def test_escaped_text_is_printable(text):
    assert escape(text).isprintable()


def test_shorten_keeps_the_beginning():
    assert shorten("a" * 30, 10) == "a" * 7 + "..."
    assert shorten("a" * 10, 10) == "a" * 10


def test_github_message_escapes_percent_and_line_breaks():
    assert github_message("100%\nof\r::x") == "100%25%0Aof\\u{d}::x"


def test_github_property_escapes_colon_and_comma():
    assert github_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_github_names_file_line_column_and_title():
    text = render.render([finding(at=span("a: 1", 1, 1), help="remove it")], Format.GITHUB)
    assert text == (
        "::error file=spec.yaml,line=1,col=1,title=KC101::unknown key `a`%0Ahelp: remove it"
    )


def test_concise_is_one_line():
    text = render.render([finding(at=span("b\na: 1", 2, 1))], Format.CONCISE)
    assert text == "spec.yaml:2:1: error[KC101] unknown key `a`"


def test_concise_never_begins_with_a_command():
    text = render.render([finding(at=span("a", 1, 1, name="::error::x"))], Format.CONCISE)
    assert text.startswith("./::error")


def test_json_is_a_list_of_objects():
    [found] = json.loads(render.render([finding(at=span("a: 1", 1, 1))], Format.JSON))
    assert found["code"] == "KC101"
    assert (found["path"], found["line"], found["column"], found["end_column"]) == (
        ("spec.yaml", 1, 1, 2)
    )
    assert json.loads(render.render([], Format.JSON)) == []


def test_json_has_no_raw_control_characters():
    text = render.render([finding("\x7f\x1b\u202e")], Format.JSON)
    assert json.loads(text)[0]["message"] == "\x7f\x1b\u202e"
    assert text.replace("\n", "").isprintable()


def test_full_shows_the_place_and_its_cause():
    text = "x:\n  - {reshape: [], name: flat}\n  - relu\n  - dense: 10\n"
    source = SourceText("spec.yaml", text)
    report = Report()
    report.add(
        codes.BAD_INPUT_TYPE,
        "dense cannot take an input of rank 0",
        at=Span(source, 4, 5, 4, 10),
        label="needs a feature axis",
        cause=Label(Span(source, 2, 26, 2, 30), "`flat` is float32[batch]"),
        help="give it one",
    )
    assert render.render(report.diagnostics) == (
        "error[KC301]: dense cannot take an input of rank 0\n"
        " --> spec.yaml:4:5\n"
        "  |\n"
        "2 |   - {reshape: [], name: flat}\n"
        "  |                          ---- `flat` is float32[batch]\n"
        "4 |   - dense: 10\n"
        "  |     ^^^^^ needs a feature axis\n"
        "  = help: give it one"
    )


def test_full_shows_another_text_as_a_block_of_its_own():
    cause = Label(span("model.x=1", 1, 7, name="--set"), "set here")
    text = render.render([finding(at=span("a: 1", 1, 1), cause=cause)])
    assert " --> spec.yaml:1:1\n" in text
    assert " ::: --set:1:7\n" in text


def test_full_cuts_a_long_line_around_the_mark():
    line = "a" * 500 + "WRONG" + "b" * 500
    text = render.render([finding(at=span(line, 1, 501, 5))])
    shown, marks = text.splitlines()[-2:]
    assert len(shown) < 100
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "WRONG"


def test_full_marks_a_span_over_several_lines_on_its_first():
    source = SourceText("spec.yaml", "a: [1,\n  2]\n")
    text = render.render([finding(at=Span(source, 1, 4, 2, 5))])
    assert text.endswith("1 | a: [1,\n  |    ^^^")


def test_full_keeps_marks_under_tabs_and_escapes():
    text = render.render([finding(at=span('\t"\u202e": bad', 1, 7, 3))])
    shown, marks = text.splitlines()[-2:]
    assert shown[marks.index("^") :] == "bad"


@given(st.text(max_size=200), st.integers(1, 9), st.integers(1, 99), st.integers(0, 99))
def test_full_starts_no_line_with_text_of_a_spec(text, line, column, length):
    shown = render.render([finding(text, at=span(text, line, column, length), label=text)])
    assert all(
        re.match(r"error\[| *(-->|:::|\||=)|[0-9]+ \|| +[0-9]+ \||\.\.\.$", part)
        for part in shown.splitlines()
    )
    assert shown.replace("\n", "").isprintable()


def test_at_most_a_hundred_are_shown_errors_first():
    lint = [finding(f"w{i}", code=codes.UNUSED_NODE, at=span("x", 1, 1)) for i in range(80)]
    errors = [finding(f"e{i}", at=span("x", 1, 1)) for i in range(50)]
    text = render.render([*lint, *errors], Format.CONCISE, closing="found many")
    lines = text.splitlines()
    assert lines[-2:] == ["and 30 more", "found many"]
    assert len(lines) == 102
    assert "e49" in text
    assert "w49" in text
    assert "w50" not in text


@pytest.mark.parametrize("format", list(Format))
def test_output_is_bounded(format):
    wide = "単" * 10_000
    found = [finding(wide, at=span(wide, 1, 1 + i), help=wide, label=wide) for i in range(300)]
    assert len(render.render(found, format, closing="found 300 errors").encode()) <= 65_536


def test_findings_are_in_the_order_of_the_text():
    text = "a\nb\nc"
    source = SourceText("spec.yaml", text)
    found = [finding(f"m{n}", at=Span(source, n, 1, n, 2)) for n in (3, 1, 2)]
    shown = render.render(found, Format.CONCISE).splitlines()
    assert [line[-2:] for line in shown] == ["m1", "m2", "m3"]


@pytest.mark.parametrize(
    ("found", "fail_on", "code"),
    [
        pytest.param([], "error", ExitCode.CLEAN, id="nothing"),
        pytest.param([codes.UNUSED_NODE], "error", ExitCode.CLEAN, id="a warning"),
        pytest.param([codes.UNUSED_NODE], "warning", ExitCode.FINDINGS, id="a warning, strictly"),
        pytest.param([codes.UNKNOWN_KEY], "error", ExitCode.FINDINGS, id="an error"),
        pytest.param([codes.UNKNOWN_KEY], "never", ExitCode.CLEAN, id="an error, leniently"),
        pytest.param([codes.UNREADABLE], "never", ExitCode.USAGE, id="no file, leniently"),
        pytest.param([codes.UNKNOWN_MONITOR], "error", ExitCode.FINDINGS, id="a check of training"),
        pytest.param([codes.UNREADABLE, codes.UNKNOWN_KEY], "error", ExitCode.USAGE, id="no file"),
        pytest.param([codes.NOT_FINITE], "error", ExitCode.RUN_FAILED, id="a failed run"),
    ],
)
def test_exit_code(found, fail_on, code):
    assert render.exit_code([finding(code=c) for c in found], FailOn(fail_on)) is code


def test_closing_line_counts():
    warning = finding(code=codes.UNUSED_NODE)
    assert render.closing_line([], ["a.yaml"]) == "a.yaml: ok"
    assert render.closing_line([], ["a.yaml", "b.yaml"]) == "2 files: ok"
    assert render.closing_line([finding(), finding(), warning], ["a.yaml"]) == (
        "found 2 errors and 1 warning in a.yaml"
    )


class Terminal:
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colors_only_where_wanted(environment, colored, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert render.has_color(Terminal()) is colored


def test_colors_change_nothing_but_colors():
    found = [finding(at=span("a: 1", 1, 1), label="here", help="remove it")]
    colored = render.render(found, color=True, closing="found 1 error in spec.yaml")
    plain = render.render(found, closing="found 1 error in spec.yaml")
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain

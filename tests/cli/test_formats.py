"""Formats for machines, also with text that tries to be something else than text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from kc.cli.render import FailOn, Format, render
from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label, Report
from kc.core.fix import replace_word
from kc.core.span import SourceText, Span

HOSTILE = (
    "\x1b[31m ::error::x\n::error::y\r##[error]z ]]> </failure><b> &amp; %0A \u202e\ud800\ufffe"
    "\x00\x7f"
)
SCHEMA = Path(__file__).parent / "data" / "sarif-2.1.0.json"


def finding(message: str, name: str = "a/spec.yaml", line: int = 1, **rest) -> Diagnostic:
    report = Report()
    at = Span(SourceText(name, f"{message}\n" * line), line, 1, line, 3)
    report.add(rest.pop("code", codes.UNKNOWN_KEY), message, at=at, **rest)
    return report.diagnostics[0]


def hostile() -> list[Diagnostic]:
    cause = Label(Span(SourceText(HOSTILE, HOSTILE), 1, 1, 1, 2), HOSTILE)
    return [
        finding(HOSTILE, HOSTILE, help=HOSTILE, label=HOSTILE, cause=cause, notes=(HOSTILE,)),
        finding(HOSTILE, "::error::spec.yaml"),
    ]


def mended() -> Diagnostic:
    span = Span(SourceText("spec.yaml", "unit: 1"), 1, 1, 1, 5)
    fix = replace_word(span, "unit", "units")
    return Diagnostic(codes.UNKNOWN_KEY, "m", (Label(span),), fix=fix)


@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("color", [False, True])
def test_hostile_text_stays_text(format, color):
    text = render(hostile(), format, closing=f"found {HOSTILE}", color=color)
    # kc's own colours are all that may be left where a terminal wants them.
    plain = text.replace("\x1b[", "[") if color and format.is_for_people else text
    assert plain.replace("\n", "").isprintable()
    # The two ways to write a command that GitHub's runner knows.
    assert "##[" not in text
    if color:
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    commands = re.findall(r"^\s*::(\S*)", text, re.MULTILINE)
    expected = {Format.GITHUB: ["error", "error"], Format.FULL: [":"], Format.JUNIT: [":"]}
    assert commands == expected.get(format, [])


def test_gitlab_has_what_a_code_quality_report_needs():
    warning = finding("w", "./b.yaml", code=codes.UNUSED_NODE)
    first, second = json.loads(render([finding("e", line=3), warning], Format.GITLAB))
    assert first["check_name"] == "KC101"
    assert first["severity"] == "major"
    assert first["location"] == {"path": "a/spec.yaml", "lines": {"begin": 3}}
    assert second["severity"] == "minor"
    assert second["location"]["path"] == "b.yaml"


def test_gitlab_knows_a_finding_that_moved():
    def prints(*lines: int) -> list[str]:
        found = json.loads(render([finding("m", line=n) for n in lines], Format.GITLAB))
        return [one["fingerprint"] for one in found]

    assert prints(1) == prints(7)
    assert len(set(prints(1, 2))) == 2


def test_gitlab_says_how_many_are_left_out():
    found = json.loads(render([finding(f"m{n}") for n in range(103)], Format.GITLAB))
    assert found[-1]["description"] == "and 3 more"
    assert len({one["fingerprint"] for one in found}) == 101


def test_junit_has_a_test_for_each_finding():
    warning = finding("w", "b.yaml", code=codes.UNUSED_NODE)
    root = ElementTree.fromstring(render([finding("e", line=3), warning], Format.JUNIT))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    first, second = root[0]
    assert (first.get("classname"), first.get("name")) == ("a/spec.yaml", "KC101:3:1")
    assert (first.get("file"), first.get("line")) == ("a/spec.yaml", "3")
    assert (first[0].tag, first[0].get("message")) == ("failure", "e")
    assert second[0].tag == "system-out"


def test_junit_counts_what_the_command_fails_on():
    found = [finding("w", code=codes.UNUSED_NODE)]
    root = ElementTree.fromstring(render(found, Format.JUNIT, fail_on=FailOn.WARNING))
    assert root.get("failures") == "1"


def test_junit_without_findings_has_one_test():
    root = ElementTree.fromstring(render([], Format.JUNIT, closing="3 files: ok"))
    assert root[0][0].get("name") == "3 files: ok"
    assert root.get("failures") == "0"


def test_junit_keeps_hostile_text_inside_of_its_elements():
    root = ElementTree.fromstring(render(hostile(), Format.JUNIT))
    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
    }
    assert "]]> </failure><b> &amp;" in root[0][0][0].get("message", "")


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="nothing"),
        pytest.param([finding("e"), finding("w", code=codes.UNUSED_NODE)], id="two"),
        pytest.param(hostile(), id="hostile"),
        pytest.param([mended()], id="a fix"),
        pytest.param([finding(f"m{n}") for n in range(200)], id="too many"),
        pytest.param([Diagnostic(codes.UNKNOWN_KEY, "without a place")], id="no place"),
    ],
)
def test_sarif_follows_its_schema(found):
    log = json.loads(render(found, Format.SARIF, closing="done"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    jsonschema.Draft4Validator(schema, format_checker=checker).validate(log)


def test_sarif_explains_each_rule_once():
    found = [finding("a"), finding("b"), finding("w", code=codes.UNUSED_NODE)]
    run = json.loads(render(found, Format.SARIF))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in rules] == [
        ("KC101", "UnknownKey"),
        ("KC801", "UnusedNode"),
    ]
    assert rules[0]["shortDescription"]["text"] == codes.UNKNOWN_KEY.title
    assert codes.UNKNOWN_KEY.good in rules[0]["help"]["text"]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "warning"]


def test_sarif_names_places():
    cause = Label(Span(SourceText("b c.yaml", "x"), 1, 1, 1, 2), "cause")
    [result] = json.loads(render([finding("e", line=3, cause=cause)], Format.SARIF))["runs"][0][
        "results"
    ]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a/spec.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 3}
    related = result["relatedLocations"][0]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "b%20c.yaml"
    assert related["message"]["text"] == "cause"


def test_sarif_has_fixes():
    [result] = json.loads(render([mended()], Format.SARIF))["runs"][0]["results"]
    [fix] = result["fixes"]
    assert fix["description"]["text"] == "write `units`"
    [change] = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "spec.yaml"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 5},
            "insertedContent": {"text": "units"},
        }
    ]


def test_json_has_fixes():
    [found] = json.loads(render([mended()], Format.JSON))
    [edit] = found["fix"]["edits"]
    assert (edit["line"], edit["column"], edit["end_column"], edit["text"]) == (1, 1, 5, "units")


def test_sarif_makes_no_link_of_a_spec():
    [result] = json.loads(render([finding("[here](https://x)")], Format.SARIF))["runs"][0][
        "results"
    ]
    assert "](" not in result["message"]["text"]

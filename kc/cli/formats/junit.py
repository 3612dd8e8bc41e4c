"""For test reports (GitLab, Jenkins, Azure and others): JUnit's XML.

Each finding is a test. It has failed where the finding makes the command fail; others have passed,
with their text as output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from kc.cli.formats import full
from kc.cli.formats.shown import Shown, Style, words
from kc.core.diagnostic import Diagnostic


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    for diagnostic in diagnostics:
        yield _text(_case(diagnostic, style))


def page(shown: Shown) -> str:
    cases = list(shown.parts)
    if shown.more or not cases:
        name = shown.more or shown.closing or "no findings"
        cases.append(_text(ElementTree.Element("testcase", classname="kc", name=name)))
    failed = sum(diagnostic.severity in shown.style.failing for diagnostic in shown.diagnostics)
    counts = f'name="kc validate" tests="{len(cases)}" failures="{failed}"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {counts}>",
             f"<testsuite {counts}>", *cases, "</testsuite>", "</testsuites>"]  # fmt: skip
    return "\n".join(lines)


def _case(diagnostic: Diagnostic, style: Style) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="kc", name=diagnostic.code.id)
    if span := diagnostic.span:
        name = words(span.source.name)
        case.set("classname", name)
        case.set("name", f"{diagnostic.code.id}:{span.line}:{span.column}")
        case.set("file", name)
        case.set("line", str(span.line))
    if diagnostic.severity in style.failing:
        inside = ElementTree.SubElement(case, "failure", type=diagnostic.code.id)
        inside.set("message", words(diagnostic.message))
    else:
        inside = ElementTree.SubElement(case, "system-out")
    inside.text = f"\n{next(full.parts([diagnostic], style))}\n"
    return case


def _text(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, "unicode")

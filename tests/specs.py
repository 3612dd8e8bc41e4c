"""Shortest ways from a text to what kc says about it."""

from __future__ import annotations

from kc.compiler import passes
from kc.compiler.compose import compose
from kc.compiler.graph.build import build
from kc.compiler.graph.graph import Graph
from kc.compiler.pipeline import check
from kc.compiler.source.reader import decode, read
from kc.core.diagnostic import CompileError, Diagnostic, Report
from kc.core.span import SourceText, Span
from kc.core.tree import ScalarNode, Tree, plain
from kc.schemas.spec import Spec
from kc.schemas.validation import validate

NAME = "spec.yaml"


def tree_of(text: str, *overrides: str) -> Tree:
    """The resolved tree of a text without mistakes."""
    report = Report()
    tree = read(SourceText(NAME, text), report)
    assert tree is not None
    tree = compose(tree, overrides, report)
    assert tree is not None, list(report)
    assert not report.failed, list(report)
    return tree


def value_of(text: str, *overrides: str) -> object:
    """The same, as plain values."""
    return plain(tree_of(text, *overrides))


def scalar_of(text: str) -> object:
    """The value of one scalar."""
    node = tree_of(text)
    assert isinstance(node, ScalarNode)
    return node.value


def findings_of_bytes(data: bytes) -> list[Diagnostic]:
    """What reading bytes finds."""
    report = Report()
    try:
        read(decode(NAME, data), report)
    except CompileError as error:
        report.diagnostics.extend(error.report)
    return list(report)


def reading(text: str) -> list[Diagnostic]:
    """What reading a text finds."""
    return findings_of_bytes(text.encode("utf-8", "surrogatepass"))


def composing(text: str, *overrides: str) -> list[Diagnostic]:
    """What reading a text and resolving its names finds."""
    report = Report()
    tree = read(SourceText(NAME, text), report)
    if tree is not None:
        compose(tree, overrides, report)
    return list(report)


def checking(text: str, *overrides: str) -> list[Diagnostic]:
    """What the whole check of a spec finds."""
    report = Report()
    check(SourceText(NAME, text), overrides, report)
    return list(report)


def built(text: str) -> tuple[Spec, Graph, list[Diagnostic]]:
    """The graph of a valid spec before any pass, and what building it found."""
    report = Report()
    tree = tree_of(text)
    spec = validate(tree, report)
    assert spec is not None, list(report)
    return spec, build(spec, tree, report), list(report)


def typed(text: str) -> Graph:
    """The graph of a spec without mistakes after all passes."""
    spec, graph, found = built(text)
    report = Report()
    graph = passes.run(graph, spec, report)
    assert not found, found
    assert not report.failed, list(report)
    return graph


def ids(found: list[Diagnostic]) -> list[str]:
    """The codes of findings."""
    return [d.code.id for d in found]


def text_at(span: Span | None) -> str:
    """The characters of a span of one line."""
    assert span is not None
    assert span.line == span.end_line, span
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]

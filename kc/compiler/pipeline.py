"""The flow of the compiler, as ten lines."""

from __future__ import annotations

from collections.abc import Sequence

from kc.compiler import passes
from kc.compiler.compose import compose
from kc.compiler.graph.build import build
from kc.compiler.graph.graph import Graph
from kc.compiler.lower.compiled import Compiled
from kc.compiler.lower.lower import lower, lower_training
from kc.compiler.passes.facts import measure
from kc.compiler.source.reader import read
from kc.core.diagnostic import Report, TooManyError
from kc.core.span import SourceText
from kc.schemas.spec import Spec
from kc.schemas.validation import validate


def check(
    source: SourceText, overrides: Sequence[str], report: Report
) -> tuple[Spec, Graph] | None:
    """Read, resolve, validate and type a spec; None when the report holds errors. No JAX."""
    try:
        return _check(source, overrides, report)
    except TooManyError:
        return None


def _check(
    source: SourceText, overrides: Sequence[str], report: Report
) -> tuple[Spec, Graph] | None:
    tree = read(source, report)
    if tree is None:
        return None
    tree = compose(tree, overrides, report)
    spec = validate(tree, report)
    if spec is None or report.failed:
        return None
    graph = passes.run(build(spec, tree, report), spec, report)
    return None if report.failed else (spec, graph)


def compile(source: SourceText, overrides: Sequence[str], report: Report) -> Compiled:
    """A spec as a program.

    Raises:
        CompileError: when the report holds errors.
    """
    checked = check(source, overrides, report)
    report.raise_if_failed()
    assert checked is not None
    spec, graph = checked
    training = lower_training(graph, spec.training) if spec.training else None
    program = training.model if training else lower(graph)
    return Compiled(source, spec, graph, measure(graph), program, training)


__all__ = ["Compiled", "check", "compile"]

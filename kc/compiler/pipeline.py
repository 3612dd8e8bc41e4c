"""The flow of the compiler, as ten lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kc.compiler import passes
from kc.compiler.compose import compose
from kc.compiler.compose.plugins import use_plugins
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
    source: SourceText, overrides: Sequence[str], report: Report, plugins: Path | None = None
) -> tuple[Spec, Graph] | None:
    """Read, resolve, validate and type a spec; None when the report holds errors. No JAX.

    Args:
        source: the text.
        overrides: ``path=value`` changes to it.
        report: takes the findings.
        plugins: where the paths of plugins begin; None when none of their code may run.
    """
    try:
        return _check(source, overrides, report, plugins)
    except TooManyError:
        return None


def _check(
    source: SourceText, overrides: Sequence[str], report: Report, plugins: Path | None
) -> tuple[Spec, Graph] | None:
    tree = read(source, report)
    if tree is None:
        return None
    tree = compose(tree, overrides, report)
    not_run = use_plugins(tree, plugins, report)
    if plugins is not None and report.failed:
        return None
    spec = validate(tree, report, not_run)
    if spec is None or report.failed:
        return None
    graph = passes.run(build(spec, tree, report), spec, report)
    return None if report.failed else (spec, graph)


def compile(
    source: SourceText, overrides: Sequence[str], report: Report, plugins: Path | None = None
) -> Compiled:
    """A spec as a program; arguments as those of ``check``.

    Raises:
        CompileError: when the report holds errors.
    """
    checked = check(source, overrides, report, plugins)
    report.raise_if_failed()
    assert checked is not None
    spec, graph = checked
    training = lower_training(graph, spec.training) if spec.training else None
    program = training.model if training else lower(graph)
    return Compiled(source, spec, graph, measure(graph), program, training)


__all__ = ["Compiled", "check", "compile"]

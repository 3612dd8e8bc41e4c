"""The flow of the compiler, as ten lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from kc.core.tree import Path as TreePath
from kc.library.fitting import with_layers
from kc.library.layer import Layer
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
    return _assemble(source, *checked)


def change_layers(compiled: Compiled, change: Callable[[TreePath, Layer], Layer]) -> Compiled:
    """The same model with other layers in some places, as those that were fitted.

    Args:
        compiled: the model.
        change: what comes in the place of a layer, from the path of its arguments in the spec.

    Raises:
        CompileError: when the model does not fit together with them.
    """
    report = Report()
    spec = with_layers(compiled.spec, change)
    graph = passes.run(build(spec, spec.tree, report), spec, report)
    report.raise_if_failed()
    return _assemble(compiled.source, spec, graph)


def _assemble(source: SourceText, spec: Spec, graph: Graph) -> Compiled:
    training = lower_training(graph, spec.training) if spec.training else None
    program = training.model if training else lower(graph)
    return Compiled(source, spec, graph, measure(graph), program, training)


__all__ = ["Compiled", "change_layers", "check", "compile"]

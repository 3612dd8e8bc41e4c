"""The flow of the compiler, as ten lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kc.compiler import passes
from kc.compiler.compose import Options, compose
from kc.compiler.compose.plugins import use_plugins
from kc.compiler.graph.build import build
from kc.compiler.graph.graph import Graph
from kc.compiler.lower.assemble import assemble
from kc.compiler.lower.compiled import Compiled
from kc.compiler.source.ignores import apply_ignores
from kc.compiler.source.reader import read
from kc.core.diagnostic import Report, TooManyError
from kc.core.span import SourceText
from kc.core.tree import Path as TreePath
from kc.library.fitting import with_layers
from kc.library.layer import Layer
from kc.schemas.spec import Spec
from kc.schemas.validation import validate


def check(
    source: SourceText,
    options: Options | Sequence[str],
    report: Report,
    plugins: Path | None = None,
) -> tuple[Spec, Graph] | None:
    """Read, resolve, validate and type a spec; None when the report holds errors. No JAX.

    Args:
        source: the text.
        options: what is said about it outside of the text; overrides alone as a list.
        report: takes the findings.
        plugins: where the paths of plugins begin; None when none of their code may run.
    """
    try:
        checked = _check(source, options, report, plugins)
    except TooManyError:
        checked = None
    apply_ignores(source, report)
    return checked


def _check(
    source: SourceText, options: Options | Sequence[str], report: Report, plugins: Path | None
) -> tuple[Spec, Graph] | None:
    tree = read(source, report)
    if tree is None:
        return None
    tree = compose(tree, options, report)
    if tree is None:
        return None
    not_run = use_plugins(tree, plugins, report)
    if plugins is not None and report.failed:
        return None
    spec = validate(tree, report, not_run)
    if spec is None or report.failed:
        return None
    graph = passes.run(build(spec, tree, report), spec, report)
    return None if report.failed else (spec, graph)


def compile(
    source: SourceText,
    options: Options | Sequence[str],
    report: Report,
    plugins: Path | None = None,
) -> Compiled:
    """A spec as a program; arguments as those of ``check``.

    Raises:
        CompileError: when the report holds errors.
    """
    checked = check(source, options, report, plugins)
    report.raise_if_failed()
    assert checked is not None
    return assemble(source, *checked)


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
    return assemble(compiled.source, spec, graph)


__all__ = ["Compiled", "Options", "change_layers", "check", "compile"]

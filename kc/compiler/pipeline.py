"""The flow of the compiler, as ten lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kc.compiler import passes
from kc.compiler.candidates import check_candidates
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
from kc.schemas.sweep import fold
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
    checked = _guarded(source, options, report, plugins)
    if checked is not None:
        _check_candidates(source, options, checked, report, plugins)
    apply_ignores(source, report)
    return None if report.failed else checked


def _guarded(
    source: SourceText, options: Options | Sequence[str], report: Report, plugins: Path | None
) -> tuple[Spec, Graph] | None:
    """What ``_check`` finds, up to a bound."""
    try:
        return _check(source, options, report, plugins)
    except TooManyError:
        return None


def _check_candidates(
    source: SourceText,
    options: Options | Sequence[str],
    checked: tuple[Spec, Graph],
    report: Report,
    plugins: Path | None,
) -> None:
    """Check what a sweep would try."""
    spec, graph = checked
    folds = fold(1, spec.sweep.folds) if spec.sweep is not None and spec.sweep.folds else ()
    given = options if isinstance(options, Options) else Options(options)

    def found(overrides: Sequence[str]) -> Report:
        own = Report()
        changed = replace(given, overrides=[*given.overrides, *folds, *overrides])
        _guarded(source, changed, own, plugins)
        return own

    check_candidates(spec, len(graph.nodes), found, report)


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
    """A spec as a program; arguments as those of ``check``. What a sweep would try is left alone.

    Raises:
        CompileError: when the report holds errors.
    """
    checked = _guarded(source, options, report, plugins)
    apply_ignores(source, report)
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


def change_class_weights(compiled: Compiled, weights: Mapping[str, float]) -> Compiled:
    """The same model with other weights of classes."""
    spec = compiled.spec
    assert spec.training is not None
    training = spec.training.model_copy(update={"class_weight": dict(weights)})
    changed = spec.model_copy(update={"training": training})
    return assemble(compiled.source, changed, compiled.graph)


__all__ = ["Compiled", "Options", "change_class_weights", "change_layers", "check", "compile"]

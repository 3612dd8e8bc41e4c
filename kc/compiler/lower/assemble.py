"""From a checked graph to a compiled model, and to one whose unknown sizes are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kc.compiler import passes
from kc.compiler.graph.build import build
from kc.compiler.graph.graph import Graph
from kc.compiler.lower.compiled import Compiled
from kc.compiler.lower.lower import lower, lower_training
from kc.compiler.passes.facts import measure
from kc.core.diagnostic import CompileError, Report
from kc.core.span import SourceText
from kc.schemas.spec import Spec

_TRIED = (16, 64, 256, 1024, 4096)


def assemble(source: SourceText, spec: Spec, graph: Graph) -> Compiled:
    """The program and the facts of a checked graph."""
    training = lower_training(graph, spec.training) if spec.training else None
    program = training.model if training else lower(graph)
    return Compiled(source, spec, graph, measure(graph), program, training)


def with_sizes(compiled: Compiled, sizes: Mapping[str, int]) -> Compiled:
    """The same model for inputs of certain sizes: all is inferred and checked anew.

    The calls of its program stay as they are: functions read sizes off their arrays.

    Args:
        compiled: the model.
        sizes: what the names of unknown sizes stand for.

    Raises:
        CompileError: when a layer cannot take inputs of such sizes.
    """
    report, spec = Report(), compiled.spec
    graph = build(spec, spec.tree, report)
    inputs = {name: kind.at(sizes) for name, kind in graph.inputs.items()}
    graph = passes.run(replace(graph, inputs=inputs), spec, report)
    if report.failed:
        raise CompileError(_noted(report, sizes))
    return assemble(compiled.source, spec, graph)


def _noted(report: Report, sizes: Mapping[str, int]) -> Report:
    """The findings, each with the sizes under which it holds."""
    note = ", ".join(f"`{name}` is {size:,}" for name, size in sizes.items())
    found = [replace(d, notes=(*d.notes, f"{note} here")) for d in report]
    return Report(found, report.errors)


def made_up_sizes(compiled: Compiled) -> Mapping[str, int]:
    """Numbers for unknown sizes with which the model can be tried: the first that all layers take.

    Raises:
        CompileError: when there are none.
    """
    names = compiled.unknown_sizes
    for number in _TRIED if names else ():
        sizes = dict.fromkeys(names, number)
        try:
            with_sizes(compiled, sizes)
        except CompileError:
            if number == _TRIED[-1]:
                raise
        else:
            return sizes
    return {}

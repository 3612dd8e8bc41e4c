"""Passes over the graph: graph in, graph out, in an order that one can read."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.check_callbacks import check_callbacks
from kc.compiler.passes.check_memory import check_memory
from kc.compiler.passes.check_mixing import check_mixing
from kc.compiler.passes.check_sweep import check_sweep
from kc.compiler.passes.check_training import check_training
from kc.compiler.passes.drop_unused import drop_unused
from kc.compiler.passes.follow_masks import follow_masks
from kc.compiler.passes.give_initial import give_initial
from kc.compiler.passes.infer_shapes import infer_shapes
from kc.compiler.passes.lint import lint
from kc.compiler.passes.verify import verify
from kc.core.diagnostic import Report
from kc.schemas.spec import Spec

PASSES = (infer_shapes, give_initial, drop_unused, follow_masks)
ANALYSES = (check_training, check_mixing, check_callbacks, check_sweep, check_memory, lint)


def run(graph: Graph, spec: Spec, report: Report) -> Graph:
    """Run all passes, then the analyses that only report."""
    verify(graph)
    for transform in PASSES:
        graph = transform(graph, report)
        verify(graph)
    for analyse in ANALYSES:
        analyse(graph, spec, report)
    return graph

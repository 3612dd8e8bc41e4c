"""Numbers of classes that do not agree."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import Trained, trained
from kc.core import codes
from kc.core.diagnostic import Report
from kc.schemas.spec import Spec


def classes(graph: Graph, spec: Spec, report: Report) -> None:
    """KC811: classes of the data, and of `class_weight`, that the output has no unit for."""
    known = spec.data.source.classes if spec.data else None
    for output in trained(graph, spec):
        if output.loss.after != "softmax" or output.units is None:
            continue
        if known is not None and output.units != known and spec.data is not None:
            report.add(
                codes.OTHER_CLASSES,
                f"{spec.data.source.kind} has {known} classes, the output has {output.units} units",
                at=output.node.span,
                help=f"write `units: {known}`",
            )
        _weights(output, output.units, spec, report)


def _weights(output: Trained, units: int, spec: Spec, report: Report) -> None:
    for number in spec.training.class_weight if spec.training else ():
        # A class number may have thousands of digits.
        if len(number) > len(str(units)) or int(number) >= units:
            report.add(
                codes.OTHER_CLASSES,
                f"there is no class `{number}`: the output has {units} units",
                at=spec.key_place("training", "class_weight", number),
                cause=output.made_here,
                help=f"classes are numbered from 0 to {units - 1}",
            )

"""Numbers of classes that do not agree."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import Trained, trained
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec


def classes(graph: Graph, spec: Spec, report: Report) -> None:
    """KC811: classes of the data, and of `class_weight`, that the output has no unit for."""
    known = spec.data.source.classes if spec.data else None
    outputs = list(trained(graph, spec))
    for output in outputs:
        binary = output.loss.after == "sigmoid" and output.units == 1
        # Of several outputs, another one may tell the classes apart.
        if binary and known is not None and known > 2 and len(outputs) == 1:
            _more_than_two(output, known, spec, report)
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


def _more_than_two(output: Trained, known: int, spec: Spec, report: Report) -> None:
    assert spec.data is not None
    report.add(
        codes.OTHER_CLASSES,
        f"{spec.data.source.kind} has {known} classes, and one unit tells two apart",
        at=output.node.span,
        cause=Label(output.loss.span, "for two classes") if output.loss.span else None,
        help=f"write `{{units: {known}, activation: softmax}}`, and the loss "
        "`sparse_categorical_crossentropy`",
    )


def _weights(output: Trained, units: int, spec: Spec, report: Report) -> None:
    for number in spec.training.class_weights if spec.training else ():
        # A class number may have thousands of digits.
        if len(number) > len(str(units)) or int(number) >= units:
            report.add(
                codes.OTHER_CLASSES,
                f"there is no class `{number}`: the output has {units} units",
                at=spec.key_place("training", "class_weight", number),
                cause=output.made_here,
                help=f"classes are numbered from 0 to {units - 1}",
            )

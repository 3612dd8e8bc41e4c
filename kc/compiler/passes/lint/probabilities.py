"""Outputs and losses that do not agree on who applies softmax or sigmoid."""

from __future__ import annotations

from collections.abc import Mapping

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.outputs import Trained, activation_of, trained
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.fix import Written, replace_word
from kc.schemas.spec import Spec

_MATCHING = {"sigmoid": {"sigmoid", "hard_sigmoid"}, "softmax": {"softmax", "sigmoid", "sparsemax"}}
"""Activations whose results a loss of probabilities can take."""
_BOUNDS: Mapping[str, tuple[int | None, int | None]] = {
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
    "hard_sigmoid": (0, 1),
    "sparse_sigmoid": (0, 1),
    "sparsemax": (0, 1),
    "relu6": (0, 6),
    "softplus": (0, None),
    "exponential": (0, None),
    "log_sigmoid": (None, 0),
}
"""Between which numbers activations hold an output; relu, which is KC813, aside."""
_NARROW = 2
"""Differences of logits up to which no class can be near certain."""


def probabilities(graph: Graph, spec: Spec, report: Report) -> None:
    """KC802, KC803, KC809, KC810 and KC825."""
    for output in trained(graph, spec):
        activation = activation_of(output.node.layer)
        if output.loss.logits and activation in {"softmax", "sigmoid"}:
            _twice(output, activation, spec, report)
        elif output.loss.logits:
            _bounded(output, activation, report)
        elif activation == "softmax" and output.units == 1:
            _constant(output, report)
        elif output.loss.probabilities == "softmax" and activation == "sigmoid":
            _independent(output, report)
        else:
            _raw(output, activation, report)


def _twice(output: Trained, activation: str, spec: Spec, report: Report) -> None:
    written = Written(spec.tree) if spec.is_written else None
    logits = written.argument(output.loss.span, "from_logits") if written else None
    report.add(
        codes.LOGITS_MISMATCH,
        f"{output.loss.kind} takes logits, but the output has passed {activation}",
        at=output.loss.span,
        cause=output.made_here,
        help="remove the activation of the output, or `from_logits`",
        fix=replace_word(logits.span, "true", "false") if logits else None,
    )


def _raw(output: Trained, activation: str | None, report: Report) -> None:
    expected = output.loss.probabilities
    known = activation is not None or "activation" in type(output.node.layer).model_fields
    if not expected or not known or activation in _MATCHING[expected]:
        return
    help = f"add `activation: {expected}` to the output"
    if "from_logits" in type(output.loss).model_fields:
        help += ", or `from_logits: true` to the loss"
    report.add(
        codes.NO_PROBABILITIES,
        f"{output.loss.kind} takes probabilities, but the output has not passed {expected}",
        at=output.loss.span,
        cause=output.made_here,
        help=help,
    )


def _bounded(output: Trained, activation: str | None, report: Report) -> None:
    """Logits that cannot say that something is certain."""
    least, most = _BOUNDS.get(activation or "", (None, None))
    if least is not None and most is not None:
        # Softmax sees differences only: they may be as large as the range is.
        harms = output.loss.after == "sigmoid" or most - least <= _NARROW
        where = f"between {least} and {most}"
    else:
        harms = output.loss.after == "sigmoid" and least != most
        where = "below 0" if least is None else "above 0"
    if harms:
        report.add(
            codes.BOUNDED_LOGITS,
            f"{output.loss.kind} takes logits of any size, but {activation} holds them {where}",
            at=output.loss.span,
            cause=output.made_here,
            help="remove the activation of the output",
        )


def _independent(output: Trained, report: Report) -> None:
    report.add(
        codes.INDEPENDENT_CLASSES,
        f"{output.loss.kind} takes one of several classes, but sigmoid lets all of them be true",
        at=output.loss.span,
        cause=output.made_here,
        help="write `activation: softmax`; where several classes may be true, take the loss "
        "`binary_crossentropy`",
    )


def _constant(output: Trained, report: Report) -> None:
    report.add(
        codes.CONSTANT_OUTPUT,
        "softmax over one unit is always 1",
        at=output.made_here.span if output.made_here else None,
        help="write `activation: sigmoid`, or a unit for each class",
    )

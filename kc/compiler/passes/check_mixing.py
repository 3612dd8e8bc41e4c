"""Check that what mixes examples finds an image, and targets that can be blended."""

from __future__ import annotations

from collections.abc import Mapping

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.objectives import losses
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.sizes import known
from kc.core.text import did_you_mean, listing
from kc.core.types import ShapeError, TensorType
from kc.library.loss import Loss
from kc.library.mixing import Mixing
from kc.schemas.spec import Spec
from kc.schemas.training import Training


def check_mixing(graph: Graph, spec: Spec, report: Report) -> None:
    """Report mixings without an image of their own, and targets that cannot be blended."""
    training = spec.training
    if training is None or not training.mix:
        return
    for mixing in training.mix:
        _has_image(mixing, graph, report)
    _blendable(training, graph, report)


def mixed_input(mixing: Mixing, graph: Graph) -> str:
    """The input that is mixed, in a graph that was checked."""
    return mixing.input or images(graph)[0]


def class_counts(training: Training, graph: Graph) -> Mapping[str, int]:
    """How many classes there are where a target that is mixed is the number of one, by output."""
    if not training.mix:
        return {}
    types = graph.output_types
    numbered = [name for name, loss in losses(training, graph).items() if loss.takes_shares]
    return {name: known(types[name].shape)[-1] for name in numbered}


def images(graph: Graph) -> list[str]:
    """The inputs that data give as images."""
    return [
        name
        for name, kind in graph.inputs.items()
        if kind.rank == 3 and not kind.is_text and name not in graph.drawn
    ]


def _has_image(mixing: Mixing, graph: Graph, report: Report) -> None:
    found = images(graph)
    message, help = "", ""
    match mixing.input:
        case None if not found:
            message = f"{mixing.kind} needs an image, and no input is one"
            help = "give images an axis of channels: `[28, 28, 1]` is grey"
        case None if len(found) > 1:
            message = f"{mixing.kind} has to say which image it mixes: {listing(found)}"
            help = f"write `{mixing.kind}: {{input: {found[0]}}}`"
        case str(name) if name not in graph.inputs:
            message = f"the model has no input `{name}` to mix"
            help = did_you_mean(name, found or graph.inputs)
        case str(name) if name not in found:
            what = "is drawn at random" if name in graph.drawn else f"is {graph.inputs[name]}"
            message = f"{mixing.kind} needs an image of the data, `{name}` {what}"
            help = f"name {listing(found)}" if found else "give it height, width and channels"
        case _:
            return
    report.add(codes.NOTHING_TO_MIX, message, at=mixing.span, help=help)


def _blendable(training: Training, graph: Graph, report: Report) -> None:
    first = training.mix[0]
    for output, loss in losses(training, graph).items():
        kind = graph.output_types.get(output)
        if kind is None:
            continue
        try:
            target = loss.target(kind)
        except ShapeError:
            continue  # reported where the loss is checked
        if help := _obstacle(kind, target, loss):
            report.add(
                codes.UNMIXABLE_TARGET,
                f"{first.kind} cannot blend the targets of `{output}`, {target}",
                at=first.span,
                cause=Label(loss.span, "takes them") if loss.span else None,
                help=help,
            )


def _obstacle(output: TensorType, target: TensorType, loss: Loss) -> str | None:
    """What to do about targets that cannot be blended; None where they can."""
    if target.rank < 2 and target.is_float:
        return None
    if target.rank < 2 and loss.takes_shares:
        # A row has a place for each class.
        sized = isinstance(output.shape[-1], int)
        return None if sized else "give the output a known number of units"
    if target.rank < 2 and getattr(loss, "ignore_class", None) is not None:
        return "remove `ignore_class`, or take what it ignores out of the data"
    return "mix examples whose targets are one class or one row of numbers for each image"

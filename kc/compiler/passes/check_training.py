"""Check that losses, metrics and callbacks fit the outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.registry import Entry
from kc.core.text import did_you_mean, listing
from kc.core.types import ShapeError, TensorType
from kc.library.loss import Loss
from kc.library.metric import Metric
from kc.schemas.spec import Spec
from kc.schemas.training import ONLY, Training

T = TypeVar("T")


def check_training(graph: Graph, spec: Spec, report: Report) -> None:
    """Report losses of unknown outputs, losses that do not fit, and monitors nobody logs.

    An output without a loss is fine: it is computed and not trained.
    """
    training = spec.training
    if training is None or not graph.outputs:
        return
    _known_outputs(training.loss, graph, "loss", spec, report)
    _known_outputs(training.metrics, graph, "metrics", spec, report)
    _known_outputs(training.weighted_metrics, graph, "weighted_metrics", spec, report)
    _weighted(training, graph, spec, report)
    if training.class_weight and len(losses(training, graph)) > 1:
        report.add(
            codes.CONFLICT,
            "`class_weight` is for a model with one loss",
            at=spec.key_place("training", "class_weight"),
            help="with several losses pass `sample_weight` to `fit`",
        )
    for name, loss in losses(training, graph).items():
        _fits(name, loss, graph, report)
    _measured(training, graph, report)
    for found in log_names(training, graph)[1]:
        _measures(found.output, found.metric, training, graph, report)
    _monitors(training, graph, spec, report)


def losses(training: Training, graph: Graph) -> Mapping[str, Loss]:
    """The loss of each output that has one."""
    return _by_output(training.loss, graph)


def _by_output(written: Mapping[str, T], graph: Graph) -> Mapping[str, T]:
    if ONLY in written and len(graph.outputs) == 1:
        return {next(iter(graph.outputs)): written[ONLY]}
    return {name: written[name] for name in graph.outputs if name in written}


class Measured(NamedTuple):
    """A metric of an output, as an epoch logs it."""

    name: str
    output: str
    metric: Metric
    weighted: bool
    """Whether examples count with their weights."""


def log_names(training: Training, graph: Graph) -> tuple[Mapping[str, str], list[Measured]]:
    """What an epoch logs: names of losses by output, and metrics.

    A metric that an output has twice, as with two thresholds, is numbered: ``recall``,
    ``recall_1``. A weighted one whose name is taken becomes ``weighted_recall``.
    """
    single = len(graph.outputs) == 1
    loss_names = {name: "loss" if single else f"{name}_loss" for name in losses(training, graph)}
    found: list[Measured] = []
    times: Counter[str] = Counter()
    for weighted, written in ((False, training.metrics), (True, training.weighted_metrics)):
        for output, listed in _by_output(written, graph).items():
            for metric in listed:
                own = metric.kind
                prefix = "" if single else f"{output}_"
                if weighted and times[prefix + own]:
                    own = f"weighted_{own}"
                name = prefix + own
                number = f"_{times[name]}" if times[name] else ""
                found.append(Measured(name + number, output, metric, weighted))
                times[name] += 1
    return loss_names, found


def target_type(training: Training, graph: Graph, output: str) -> TensorType:
    """The type of an output's targets: its loss says which; without one it is the output's own.

    Raises:
        ShapeError: when the loss cannot take the output.
    """
    kind = graph.type_of(graph.outputs[output])
    assert kind is not None
    loss = losses(training, graph).get(output)
    return kind if loss is None else loss.target(kind)


def _known_outputs(
    written: Mapping[str, object], graph: Graph, key: str, spec: Spec, report: Report
) -> None:
    for name, value in written.items():
        entry = value if isinstance(value, Entry) else next(iter(value), None)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType, reportCallIssue]
        span = entry.span if isinstance(entry, Entry) else None
        if name == ONLY and len(graph.outputs) > 1 and entry is not None:
            example = ", ".join(f"{output}: ..." for output in graph.outputs)
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the model has {len(graph.outputs)} outputs, so `{key}` has to say which",
                at=span,
                help=f"write a map: `{{{example}}}`",
            )
        elif name not in {ONLY, *graph.outputs}:
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the model has no output `{name}`",
                at=spec.key_place("training", key, name),
                help=did_you_mean(name, graph.outputs),
            )


def _weighted(training: Training, graph: Graph, spec: Spec, report: Report) -> None:
    """Each weight belongs to an output that has a loss."""
    known = losses(training, graph)
    for name in training.loss_weights:
        if name not in known:
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"there is no loss of an output `{name}` to weigh",
                at=spec.key_place("training", "loss_weights", name),
                help=did_you_mean(name, known),
            )


def _measured(training: Training, graph: Graph, report: Report) -> None:
    """Targets come with losses, so metrics need one beside them."""
    alone = {
        found.output: found.metric
        for found in log_names(training, graph)[1]
        if found.output not in losses(training, graph)
    }
    for name, metric in alone.items():
        report.add(
            codes.UNKNOWN_OUTPUT,
            f"the output `{name}` has metrics, but no loss",
            at=metric.span,
            help=f"add a loss for `{name}`, or remove its metrics",
        )


def _fits(name: str, loss: Loss, graph: Graph, report: Report) -> None:
    kind = graph.type_of(graph.outputs[name])
    if kind is None:
        return
    try:
        loss.target(kind)
    except ShapeError as error:
        report.add(codes.BAD_TARGET, f"{loss.kind} {error.message}", at=loss.span, help=error.help)


def _measures(name: str, metric: Metric, training: Training, graph: Graph, report: Report) -> None:
    kind = graph.type_of(graph.outputs[name])
    if kind is None:
        return
    try:
        target = target_type(training, graph, name)
    except ShapeError:
        return  # reported where the loss stands
    try:
        metric.sums(target, kind)
    except ShapeError as error:
        report.add(
            codes.BAD_METRIC, f"{metric.kind} {error.message}", at=metric.span, help=error.help
        )


def _monitors(training: Training, graph: Graph, spec: Spec, report: Report) -> None:
    loss_names, metric_names = log_names(training, graph)
    known = ["loss", *loss_names.values(), *(found.name for found in metric_names)]
    validates = spec.data is None or spec.data.split.validation > 0
    logged = list(dict.fromkeys([*known, *(f"val_{name}" for name in known if validates)]))
    for position, callback in enumerate(training.callbacks):
        if callback.watched is None or callback.watched in logged:
            continue
        help = did_you_mean(callback.watched, logged)
        if callback.watched.removeprefix("val_") in known:
            help = "there is no validation data: add `data: {split: {validation: 0.1}}`"
        report.add(
            codes.UNKNOWN_MONITOR,
            f"no epoch logs `{callback.watched}`",
            at=spec.value_place("training", "callbacks", position, value=callback.watched),
            help=help,
            notes=(f"an epoch logs {listing(logged)}",) if help.startswith("did") else (),
        )

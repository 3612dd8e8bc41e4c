"""Check that losses, metrics and callbacks fit the outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.registry import Entry
from kc.core.text import did_you_mean, listing
from kc.core.types import ShapeError
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
    for name, loss in losses(training, graph).items():
        _fits(name, loss, graph, report)
    _measured(training, graph, report)
    _monitors(training, graph, spec, report)


def losses(training: Training, graph: Graph) -> Mapping[str, Loss]:
    """The loss of each output that has one."""
    return _by_output(training.loss, graph)


def metrics(training: Training, graph: Graph) -> Mapping[str, tuple[Metric, ...]]:
    """The metrics of each output."""
    return _by_output(training.metrics, graph)


def _by_output(written: Mapping[str, T], graph: Graph) -> Mapping[str, T]:
    if ONLY in written and len(graph.outputs) == 1:
        return {next(iter(graph.outputs)): written[ONLY]}
    return {name: written[name] for name in graph.outputs if name in written}


def log_names(
    training: Training, graph: Graph
) -> tuple[Mapping[str, str], list[tuple[str, str, Metric]]]:
    """What an epoch logs: names of losses by output, and (name, output, metric) of metrics."""
    single = len(graph.outputs) == 1
    loss_names = {name: "loss" if single else f"{name}_loss" for name in losses(training, graph)}
    named: list[tuple[str, str, Metric]] = []
    for output, listed in metrics(training, graph).items():
        for metric in listed:
            named.append((metric.kind if single else f"{output}_{metric.kind}", output, metric))  # noqa: PERF401
    return loss_names, named


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


def _measured(training: Training, graph: Graph, report: Report) -> None:
    """Targets come with losses, so metrics need one beside them."""
    for name, listed in metrics(training, graph).items():
        if listed and name not in losses(training, graph):
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the output `{name}` has metrics, but no loss",
                at=listed[0].span,
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


def _monitors(training: Training, graph: Graph, spec: Spec, report: Report) -> None:
    loss_names, metric_names = log_names(training, graph)
    known = ["loss", *loss_names.values(), *(name for name, _, _ in metric_names)]
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

"""Check that losses, optimizers and metrics fit the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.objectives import (
    Measured,
    Minimized,
    compared,
    losses,
    matches,
    measured,
    phase_terms,
    target_type,
)
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.registry import Entry
from kc.core.sizes import known
from kc.core.span import Span
from kc.core.text import did_you_mean, listing
from kc.core.tree import Path
from kc.core.types import ShapeError
from kc.schemas.data import ALL
from kc.schemas.spec import Spec
from kc.schemas.training import ONLY, Objective, Phase, Training


def check_training(graph: Graph, spec: Spec, report: Report) -> None:
    """Report losses of unknown outputs, and losses and metrics that do not fit.

    An output without a loss is fine: it is computed and not trained.
    """
    training = spec.training
    if training is None or not graph.outputs:
        return
    for name, objective in training.objectives().items():
        path = ("training", "phases", name) if name else ("training",)
        _objective(name, objective, path, graph, spec, report)
    _known_outputs(training.metrics, graph, ("training", "metrics"), spec, report)
    _known_outputs(training.weighted_metrics, graph, ("training", "weighted_metrics"), spec, report)
    if training.class_weight and len(losses(training, graph)) != 1:
        report.add(
            codes.CONFLICT,
            "`class_weight` is for a model with one loss",
            at=spec.key_place("training", "class_weight"),
            help="with several losses pass `sample_weight` to `fit`",
        )
    _weighed(training, graph, spec, report)
    _all_trained(training, graph, spec, report)
    _measured(training, graph, report)


def _weighed(training: Training, graph: Graph, spec: Spec, report: Report) -> None:
    """Check that columns of weights are for outputs that have a loss."""
    known = losses(training, graph)
    weights = spec.data.weight if spec.data else None
    for output in weights or ():
        if output not in known and output != ALL:
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"there is no loss of an output `{output}` whose examples could be weighed",
                at=spec.key_place("data", "weight", output),
                help=did_you_mean(output, known),
            )


def _objective(
    name: str, objective: Objective, path: Path, graph: Graph, spec: Spec, report: Report
) -> None:
    """Check one phase: its outputs, what is compared, and the layers that it names."""
    _known_outputs(objective.loss, graph, (*path, "loss"), spec, report)
    terms = phase_terms(name, objective, graph)
    known = [term.output for term in terms if term.from_data]
    for output in objective.loss_weights:
        if output not in known:
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"there is no loss of an output `{output}` to weigh",
                at=spec.key_place(*path, "loss_weights", output),
                help=did_you_mean(output, known),
            )
    for term in terms:
        place = term.span or spec.value_place(*path, "terms", term.position)
        _fits(term, place, graph, report)
    scopes = trained_scopes(graph)
    if isinstance(objective, Phase):
        _known_layers(objective.trains, scopes, (*path, "trains"), spec, report)
        scopes = [scope for scope in scopes if matches(objective.trains, scope)]
    owners: dict[str, str] = {}
    for group, written in objective.groups.items():
        place = (*path, "groups", group, "layers")
        _known_layers(written.layers, scopes, place, spec, report)
        for scope in [scope for scope in scopes if matches(written.layers, scope)]:
            if scope in owners:
                report.add(
                    codes.TWO_OPTIMIZERS,
                    f"the groups `{owners[scope]}` and `{group}` both have `{scope}`",
                    at=spec.value_place(*place),
                    help="take it out of one of them",
                )
                break
            owners[scope] = group


def trained_scopes(graph: Graph) -> list[str]:
    """Scopes with parameters that training changes, in the order of the graph."""
    return list(
        dict.fromkeys(
            node.scope
            for node in graph.nodes
            if node.trainable and node.inferred is not None and node.inferred.weights
        )
    )


def _known_layers(
    patterns: Sequence[str], scopes: Sequence[str], path: Path, spec: Spec, report: Report
) -> None:
    for position, pattern in enumerate(patterns):
        if not any(matches((pattern,), scope) for scope in scopes):
            report.add(
                codes.UNKNOWN_LAYERS,
                f"no layer with weights to train is called `{pattern}`",
                at=spec.value_place(*path, position),
                help=did_you_mean(pattern, [*scopes, *(s.partition("/")[0] for s in scopes)]),
            )


def _all_trained(training: Training, graph: Graph, spec: Spec, report: Report) -> None:
    """With phases, each layer is moved by one of them, or frozen by the spec.

    Where a name is none of a layer, which has been said, it may stand for what is left.
    """
    if not training.phases:
        return
    scopes = trained_scopes(graph)
    patterns = [pattern for phase in training.phases.values() for pattern in phase.trains]
    left = [scope for scope in scopes if not matches(patterns, scope)]
    if left and all(any(matches((pattern,), scope) for scope in scopes) for pattern in patterns):
        report.add(
            codes.UNTRAINED,
            f"no phase trains {listing(left)}",
            at=spec.key_place("training", "phases"),
            help="name it in `trains` of a phase, or give the item `trainable: false`",
        )


def _known_outputs(
    written: Mapping[str, Entry | Sequence[Entry]],
    graph: Graph,
    path: Path,
    spec: Spec,
    report: Report,
) -> None:
    known = {ONLY, *graph.outputs}
    for name, value in written.items():
        entry = value if isinstance(value, Entry) else next(iter(value), None)
        span = entry.span if entry else None
        if name == ONLY and len(graph.outputs) > 1 and entry is not None:
            example = ", ".join(f"{output}: ..." for output in graph.outputs)
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the model has {len(graph.outputs)} outputs, so `{path[-1]}` has to say which",
                at=span,
                help=f"write a map: `{{{example}}}`",
            )
        elif name not in known:
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the model has no output `{name}`",
                at=spec.key_place(*path, name),
                help=did_you_mean(name, graph.outputs),
            )


def _fits(term: Minimized, place: Span | None, graph: Graph, report: Report) -> None:
    """The loss can take the value, and the target where it is one of the model."""
    kind = graph.type_of(term.value)
    if kind is None:
        return
    if term.loss is None or kind.is_text:
        if not kind.is_float:
            report.add(
                codes.BAD_TARGET,
                f"only a float value can be minimized, this one is {kind}",
                at=place,
                help="cast it, or compare it by a `loss` with a `target`",
            )
        return
    try:
        wanted = target_type(term, graph)
        if not isinstance(term.target, str):
            known(wanted.shape)
    except ShapeError as error:
        report.add(codes.BAD_TARGET, f"{term.loss.kind} {error.message}", at=place, help=error.help)
        return
    found = graph.type_of(str(term.target)) if term.computed else None
    if found is not None and found.shape not in {wanted.shape, (*wanted.shape, 1)}:
        report.add(
            codes.BAD_TARGET,
            f"{term.loss.kind} compares {kind} with {wanted}, not with {found}",
            at=place,
            help="bring both to one shape, or choose another loss",
        )


def _measured(training: Training, graph: Graph, report: Report) -> None:
    """Metrics compare an output with what its loss compares it with."""
    terms = compared(training, graph)
    lonely: set[str] = set()
    for found in measured(training, graph):
        term = terms.get(found.output)
        if term is not None:
            _measures(found, term, graph, report)
        elif found.output not in lonely:
            lonely.add(found.output)
            report.add(
                codes.UNKNOWN_OUTPUT,
                f"the output `{found.output}` has metrics, but no loss",
                at=found.metric.span,
                help=f"add a loss for `{found.output}`, or remove its metrics",
            )


def _measures(found: Measured, term: Minimized, graph: Graph, report: Report) -> None:
    kind = graph.type_of(graph.outputs[found.output])
    if kind is None:
        return
    try:
        target = target_type(term, graph)
    except ShapeError:
        return  # reported where the loss stands
    try:
        for shape in found.metric.sums(target, kind).values():
            known(shape)
    except ShapeError as error:
        message = f"{found.metric.kind} {error.message}"
        report.add(codes.BAD_METRIC, message, at=found.metric.span, help=error.help)

"""From the typed graph to a program: calls of pure functions, as data. No JAX here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.passes.check_training import log_names, losses, target_type
from kc.core.program import (
    ActivityCall,
    Call,
    LossCall,
    MetricCall,
    Program,
    Step,
    TrainingProgram,
    WeightCall,
)
from kc.core.types import Weight
from kc.library.constraints import Constraint
from kc.library.layer import Layer
from kc.library.regularizers import Regularizer
from kc.schemas.training import Training


def lower(graph: Graph, masks: Mapping[str, str] = MappingProxyType({})) -> Program:
    """The program of a graph, with some masks as further outputs, by name."""
    steps: list[Step] = []
    weights: dict[str, Mapping[str, Weight]] = {}
    state: dict[str, Mapping[str, Weight]] = {}
    keys = 0
    read = _read_masks(graph, masks)
    for node in graph.nodes:
        assert node.inferred is not None
        if node.inferred.weights:
            weights[node.scope] = node.inferred.weights
        if node.inferred.state:
            state[node.scope] = node.inferred.state
        for step in (*_mask_steps(node, read), *_steps(node)):
            steps.append(step if not step.call.takes_key else _with_key(step, keys))
            keys += step.call.takes_key
    frozen = frozenset(node.scope for node in graph.nodes if not node.trainable)
    return Program(
        graph.inputs,
        tuple(steps),
        {**graph.outputs, **masks},
        graph.output_types,
        weights,
        state,
        frozen & weights.keys(),
    )


def _read_masks(graph: Graph, masks: Mapping[str, str]) -> set[str]:
    """The masks that somebody reads; the others need not be computed."""
    read = set(masks.values())
    for node in reversed(graph.nodes):
        if any(call.takes("mask") or call.takes("masks") for call in calls_of(node.layer)):
            read.update(mask for mask in node.masks if mask is not None)
        if node.mask_call is not None and node.mask in read and node.mask_call.takes("masks"):
            read.update(mask for mask in node.masks if mask is not None)
    return read


def calls_of(layer: Layer) -> Sequence[Call]:
    """The calls that a layer lowers to."""
    lowered = layer.lower()
    return [lowered] if isinstance(lowered, Call) else lowered


def _mask_steps(node: Node, read: set[str]) -> list[Step]:
    """The call that makes the node's mask."""
    call = node.mask_call
    if call is None or node.mask is None or node.mask not in read:
        return []
    masks = node.masks if call.takes("masks") else ()
    return [
        Step(
            output=node.mask,
            call=call,
            inputs=node.inputs,
            scope=node.scope,
            masks=masks,
            node=node.name,
            span=node.span,
        )
    ]


def _steps(node: Node) -> list[Step]:
    """The calls of one node, each taking the result of the one before."""
    assert node.inferred is not None
    calls = calls_of(node.layer)
    steps: list[Step] = []
    for position, call in enumerate(calls):
        first, last = position == 0, position == len(calls) - 1
        steps.append(
            Step(
                output=node.name if last else f"{node.name}:{position}",
                call=call,
                inputs=node.inputs if first else (steps[-1].output,),
                scope=node.scope,
                weights=tuple(node.inferred.weights) if first else (),
                state=tuple(node.inferred.state) if first else (),
                masks=node.masks if call.takes("mask") or call.takes("masks") else (),
                parts=tuple(f"{node.name}.{part}" for part in node.inferred.parts) if first else (),
                infers=node.layer.frozen_infers and not node.trainable,
                node=node.name,
                span=node.span,
            )
        )
    return steps


def _with_key(step: Step, index: int) -> Step:
    return replace(step, key_index=index)


def lower_training(graph: Graph, training: Training) -> TrainingProgram:
    """The program of a graph with its losses, metrics and optimizer."""
    loss_names, named_metrics = log_names(training, graph)
    masks = {output: mask for output in losses(training, graph) if (mask := graph.mask_of(output))}
    # A trained output brings its mask along, which weighs its loss and metrics.
    names = {output: f"{output}:mask" for output in masks}
    class_weights = tuple((int(label), w) for label, w in training.class_weight.items())
    model = lower(graph, {names[output]: mask for output, mask in masks.items()})
    return TrainingProgram(
        model=model,
        losses=tuple(
            LossCall(
                output,
                loss.lower(),
                loss_names[output],
                mask=names.get(output),
                span=loss.span,
                reduction=loss.reduction,
                weight=training.loss_weights.get(output, 1.0),
                class_weights=class_weights,
            )
            for output, loss in losses(training, graph).items()
        ),
        metrics=tuple(
            MetricCall(
                output,
                name,
                metric.sums(target_type(training, graph, output), model.output_types[output]),
                metric.update(),
                metric.result(),
                mask=names.get(output),
                span=metric.span,
                weighted=weighted,
            )
            for name, output, metric, weighted in named_metrics
        ),
        optimizer=training.optimizer.lower(),
        penalties=tuple(_of_weights(model, "regularizer")),
        activities=tuple(_activities(graph)),
        constraints=tuple(_of_weights(model, "constraint")),
    )


def _of_weights(
    program: Program, part: Literal["regularizer", "constraint"]
) -> Iterator[WeightCall]:
    """The penalties or constraints of all weights; layers that share a weight share its one."""
    for scope, weights in program.weights.items():
        if scope in program.frozen:
            continue
        for name, weight in weights.items():
            entry = getattr(weight, part)
            if isinstance(entry, Regularizer | Constraint):
                yield WeightCall(scope, name, entry.lower())


def _activities(graph: Graph) -> Iterator[ActivityCall]:
    """The penalties of outputs, of each call of a layer."""
    for node in graph.nodes:
        regularizer = getattr(node.layer, "activity_regularizer", None)
        if isinstance(regularizer, Regularizer):
            yield ActivityCall(node.name, regularizer.lower())

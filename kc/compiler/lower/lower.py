"""From the typed graph to a program: calls of pure functions, as data. No JAX here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.passes.check_training import log_names, losses
from kc.core.program import Call, LossCall, MetricCall, Program, Step, TrainingProgram
from kc.core.types import Weight
from kc.schemas.training import Training


def lower(graph: Graph) -> Program:
    """The program of a graph."""
    steps: list[Step] = []
    weights: dict[str, Mapping[str, Weight]] = {}
    state: dict[str, Mapping[str, Weight]] = {}
    keys = 0
    for node in graph.nodes:
        assert node.inferred is not None
        if node.inferred.weights:
            weights[node.scope] = node.inferred.weights
        if node.inferred.state:
            state[node.scope] = node.inferred.state
        for step in _steps(node):
            steps.append(step if not step.call.takes_key else _with_key(step, keys))
            keys += step.call.takes_key
    return Program(graph.inputs, tuple(steps), graph.outputs, graph.output_types, weights, state)


def _steps(node: Node) -> list[Step]:
    """The calls of one node, each taking the result of the one before."""
    assert node.inferred is not None
    lowered = node.layer.lower()
    calls = [lowered] if isinstance(lowered, Call) else list(lowered)
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
    return TrainingProgram(
        model=lower(graph),
        losses=tuple(
            LossCall(output, loss.lower(), loss_names[output], loss.span)
            for output, loss in losses(training, graph).items()
        ),
        metrics=tuple(
            MetricCall(output, name, metric.sums(), metric.update(), metric.result(), metric.span)
            for name, output, metric in named_metrics
        ),
        optimizer=training.optimizer.lower(),
    )

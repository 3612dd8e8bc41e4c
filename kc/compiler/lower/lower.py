"""From the typed graph to a program: calls of pure functions, as data. No JAX here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.lower.casts import Casts
from kc.compiler.lower.divide import divide
from kc.compiler.lower.remats import find_remats
from kc.compiler.lower.repeats import find_repeats
from kc.compiler.lower.stack import trained_alike
from kc.compiler.passes.check_mixing import class_counts, mixed_input
from kc.compiler.passes.objectives import (
    compared,
    further_output,
    measured,
    minimized,
    moved,
    phase_terms,
    target_of,
    target_type,
)
from kc.core.program import (
    ActivityCall,
    Call,
    LossCall,
    MetricCall,
    MixCall,
    OptimizerCall,
    PhaseCall,
    Program,
    Step,
    TrainingProgram,
    WeightCall,
)
from kc.core.sizes import known
from kc.core.types import Shape, Weight
from kc.library.constraints import Constraint
from kc.library.draws import draws
from kc.library.fitting import Fitting, stand_in
from kc.library.regularizers import Regularizer
from kc.schemas.training import Objective, Phase, Training


def lower(graph: Graph, also: Mapping[str, str] = MappingProxyType({})) -> Program:
    """The program of a graph, with some values as further outputs, by name."""
    host, graph = divide(graph)
    program = _lower(graph, also)
    # Nothing goes backward on the host.
    return replace(program, host=replace(_lower(host, {}), remats=())) if host else program


def _lower(graph: Graph, also: Mapping[str, str]) -> Program:
    steps: list[Step] = []
    weights: dict[str, Mapping[str, Weight]] = {}
    state: dict[str, Mapping[str, Weight]] = {}
    memory: dict[str, Mapping[str, Shape]] = {}
    keys = 0
    read = _read_masks(graph, also)
    casts = Casts(graph)
    for node in map(casts.inputs, graph.nodes):
        assert node.inferred is not None
        steps += casts.take()
        if node.inferred.weights:
            weights[node.scope] = node.inferred.weights
        if node.inferred.state:
            state[node.scope] = node.inferred.state
        if node.inferred.memory:
            memory[node.scope] = node.inferred.memory
        for step in (*_mask_steps(node, read), *_steps(node)):
            steps.append(step if not step.call.takes_key else _with_key(step, keys))
            keys += step.call.takes_key
    frozen = frozenset(node.scope for node in graph.nodes if not node.trainable)
    outputs = casts.outputs({**graph.outputs, **also})
    program = Program(
        graph.inputs,
        (*steps, *casts.take()),
        outputs,
        graph.output_types,
        weights,
        state,
        frozen & weights.keys(),
        memory,
        {name: draws(distribution) for name, distribution in graph.drawn.items()},
    )
    return replace(
        program,
        remats=tuple(find_remats(program, graph)),
        repeats=find_repeats(program, graph),
    )


def _read_masks(graph: Graph, also: Mapping[str, str]) -> set[str]:
    """The masks that somebody reads; the others need not be computed."""
    read = set(also.values())
    for node in reversed(graph.nodes):
        if any(call.takes("mask") or call.takes("masks") for call in calls_of(node)):
            read.update(mask for mask in node.masks if mask is not None)
        if node.mask_call is not None and node.mask in read and node.mask_call.takes("masks"):
            read.update(mask for mask in node.masks if mask is not None)
    return read


def calls_of(node: Node) -> Sequence[Call]:
    """The calls that a node's layer lowers to."""
    if isinstance(node.layer, Fitting) and not node.layer.fitted:
        return [stand_in(node.output)]
    lowered = node.layer.lower()
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
    calls = calls_of(node)
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
                state=(*node.inferred.state, *node.inferred.memory) if first else (),
                masks=node.masks if call.takes("mask") or call.takes("masks") else (),
                parts=tuple(f"{node.name}.{part}" for part in node.inferred.parts) if first else (),
                precision=node.precision if first and node.inferred.weights else "float32",
                infers=node.layer.frozen_infers and not node.trainable,
                node=node.name,
                span=node.span,
            )
        )
    return steps


def _with_key(step: Step, index: int) -> Step:
    return replace(step, key_index=index)


def lower_training(graph: Graph, training: Training) -> TrainingProgram:
    """The program of a graph with what each phase minimizes, and its metrics."""
    terms = list(minimized(training, graph))
    masks = {term.output: mask for term in terms if (mask := graph.mask_of(term.value))}
    # A trained output brings its mask along, which weighs its loss and metrics.
    names = {output: f"{output}:mask" for output in masks}
    outputs = {names[output]: mask for output, mask in masks.items()}
    for term in terms:
        outputs |= {} if term.output in graph.outputs else {term.output: term.value}
        if term.computed:
            outputs[further_output(str(term.target))] = str(term.target)
    model = lower(graph, outputs)
    program = TrainingProgram(
        model=model,
        phases=tuple(
            _phase(name, objective, graph, training, model, names)
            for name, objective in training.objectives().items()
        ),
        metrics=tuple(_metrics(graph, training, names)),
        constraints=tuple(_of_weights(model, "constraint")),
        mixes=tuple(MixCall(mixed_input(own, graph), own.lower()) for own in training.mix),
        classes=class_counts(training, graph),
    )
    return trained_alike(program)


def _phase(
    name: str,
    objective: Objective,
    graph: Graph,
    training: Training,
    model: Program,
    masks: Mapping[str, str],
) -> PhaseCall:
    class_weights = tuple((int(label), w) for label, w in training.class_weights.items())
    scopes = [scope for scope in model.weights if scope not in model.frozen]
    optimizers = moved(name, objective, scopes)
    own = {scope for _, _, moves in optimizers for scope in moves}
    penalties = [p for p in _of_weights(model, "regularizer") if p.scope in own]
    return PhaseCall(
        name=name,
        losses=tuple(
            LossCall(
                term.output,
                term.loss.lower() if term.loss else None,
                term.log_name,
                target=target_of(term, graph),
                mask=masks.get(term.output),
                span=term.span,
                reduction=term.loss.reduction if term.loss else "sum_over_batch_size",
                weight=term.weight,
                class_weights=class_weights if term.from_data else (),
            )
            for term in phase_terms(name, objective, graph)
        ),
        optimizers=tuple(
            OptimizerCall(key, optimizer.lower(), moves, optimizer.stacks)
            for key, optimizer, moves in optimizers
        ),
        penalties=tuple(penalties),
        activities=tuple(_activities(graph, own if name else None)),
        repeat=objective.repeat if isinstance(objective, Phase) else 1,
        loss_scale=objective.optimizer.loss_scale_factor,
    )


def _metrics(graph: Graph, training: Training, masks: Mapping[str, str]) -> Iterator[MetricCall]:
    terms = compared(training, graph)
    for name, output, metric, weighted in measured(training, graph):
        term = terms[output]
        kind = graph.type_of(term.value)
        assert kind is not None
        yield MetricCall(
            output,
            name,
            {n: known(s) for n, s in metric.sums(target_type(term, graph), kind).items()},
            metric.update(),
            metric.result(),
            target=target_of(term, graph),
            mask=masks.get(output),
            span=metric.span,
            weighted=weighted,
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


def _activities(graph: Graph, scopes: set[str] | None) -> Iterator[ActivityCall]:
    """The penalties of outputs, of each call of a layer; of all layers, or of some scopes."""
    for node in graph.nodes:
        if scopes is not None and node.scope not in scopes:
            continue
        regularizer = getattr(node.layer, "activity_regularizer", None)
        if isinstance(regularizer, Regularizer):
            yield ActivityCall(node.name, regularizer.lower())

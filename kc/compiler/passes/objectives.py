"""What each phase of training minimizes and moves: names of the spec looked up in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeVar

from kc.compiler.graph.graph import Graph
from kc.core.program import Computed, Constant
from kc.core.span import Span
from kc.core.types import ShapeError, TensorType
from kc.library.loss import Loss
from kc.library.metric import Metric
from kc.library.optimizer import Optimizer
from kc.schemas.training import MAIN, ONLY, Objective, Phase, Term, Training

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Minimized:
    """A term of what a phase minimizes."""

    log_name: str
    output: str
    """Name by which the program hands out its value."""
    value: str
    """The value in the graph."""
    loss: Loss | None
    target: str | float
    """The data's target for this output; a number; or the value that it should have."""
    computed: bool
    """Whether the target is a value of the model."""
    weight: float
    span: Span | None
    position: int = 0
    """Its number among the phase's `terms`, if it is one of those."""

    @property
    def from_data(self) -> bool:
        return self.loss is not None and not self.computed and isinstance(self.target, str)


def phase_terms(name: str, objective: Objective, graph: Graph) -> list[Minimized]:
    """All that one phase minimizes; terms of unknown values are left out."""
    losses = by_output(objective.loss, graph)
    alone = len(graph.outputs) == 1 and not objective.terms
    before = f"{name}_" if name else ""
    found = [
        Minimized(
            log_name=f"{before}loss" if alone else f"{before}{output}_loss",
            output=output,
            value=graph.outputs[output],
            loss=loss,
            target=output,
            computed=False,
            weight=objective.loss_weights.get(output, 1.0),
            span=loss.span,
        )
        for output, loss in losses.items()
    ]
    return found + [
        _of_term(f"{before}{term.name or term.value}_loss", term, position, graph)
        for position, term in enumerate(objective.terms)
        if term.value in graph.read
        and (not isinstance(term.target, str) or term.target in graph.read)
    ]


def _of_term(log_name: str, term: Term, position: int, graph: Graph) -> Minimized:
    computed = isinstance(term.target, str)
    return Minimized(
        log_name=log_name,
        output=handed_out(term.value, graph),
        value=graph.read[term.value],
        loss=term.loss,
        target=graph.read[term.target] if isinstance(term.target, str) else term.target or 0.0,
        computed=computed,
        weight=term.weight,
        span=term.loss.span if term.loss else None,
        position=position,
    )


def handed_out(name: str, graph: Graph) -> str:
    """The name by which the program hands out a value that training reads."""
    value = graph.read[name]
    outputs = [output for output, own in graph.outputs.items() if own == value]
    return outputs[0] if outputs else further_output(value)


def further_output(value: str) -> str:
    """What the program calls a value that it hands out for training, beside its outputs."""
    return f"{value}:value"


def by_output(written: Mapping[str, T], graph: Graph) -> Mapping[str, T]:
    """What is said of outputs, where the only output needs no name."""
    if ONLY in written and len(graph.outputs) == 1:
        return {next(iter(graph.outputs)): written[ONLY]}
    return {name: written[name] for name in graph.outputs if name in written}


def losses(training: Training, graph: Graph) -> Mapping[str, Loss]:
    """The loss of each output that has one against the data's target."""
    found: dict[str, Loss] = {}
    for objective in training.objectives().values():
        found = {**by_output(objective.loss, graph), **found}
    return found


def minimized(training: Training, graph: Graph) -> Iterator[Minimized]:
    """The terms of all phases."""
    for name, objective in training.objectives().items():
        yield from phase_terms(name, objective, graph)


def compared(training: Training, graph: Graph) -> Mapping[str, Minimized]:
    """The term that compares each output with something, where one does."""
    found: dict[str, Minimized] = {}
    for term in minimized(training, graph):
        if term.loss is not None and term.output in graph.outputs:
            found.setdefault(term.output, term)
    return found


def target_type(term: Minimized, graph: Graph) -> TensorType:
    """The type of a term's target: its loss says which.

    Raises:
        ShapeError: when the loss cannot take the value.
    """
    kind = graph.type_of(term.value)
    if kind is None or term.loss is None:
        raise ShapeError("has no target")
    return term.loss.target(kind)


def target_of(term: Minimized, graph: Graph) -> str | Constant | Computed:
    """A term's target as the program has it."""
    if term.computed:
        return Computed(further_output(str(term.target)))
    if isinstance(term.target, str) or term.loss is None:
        return str(term.target)
    return Constant(term.target, target_type(term, graph))


class Measured(NamedTuple):
    """A metric of an output, as an epoch logs it."""

    name: str
    output: str
    metric: Metric
    weighted: bool
    """Whether examples count with their weights."""


def measured(training: Training, graph: Graph) -> list[Measured]:
    """The metrics, and what an epoch calls them.

    A metric that an output has twice, as with two thresholds, is numbered: ``recall``,
    ``recall_1``. A weighted one whose name is taken becomes ``weighted_recall``.
    """
    single = len(graph.outputs) == 1
    found: list[Measured] = []
    times: Counter[str] = Counter()
    for weighted, written in ((False, training.metrics), (True, training.weighted_metrics)):
        for output, listed in by_output(written, graph).items():
            for metric in listed:
                own = metric.kind
                prefix = "" if single else f"{output}_"
                if weighted and times[prefix + own]:
                    own = f"weighted_{own}"
                name = prefix + own
                number = f"_{times[name]}" if times[name] else ""
                found.append(Measured(name + number, output, metric, weighted))
                times[name] += 1
    return found


def log_names(training: Training, graph: Graph) -> list[str]:
    """All that an epoch logs, without `val_`."""
    phases = [f"{name}_loss" for name in training.phases]
    terms = [term.log_name for term in minimized(training, graph)]
    return list(
        dict.fromkeys(["loss", *phases, *terms, *(m.name for m in measured(training, graph))])
    )


class Moved(NamedTuple):
    """An optimizer and the scopes whose parameters it moves."""

    name: str
    optimizer: Optimizer
    scopes: tuple[str, ...]


def moved(name: str, objective: Objective, scopes: Sequence[str]) -> list[Moved]:
    """The optimizers of a phase, those without parameters left out."""
    before = f"{name}." if name else ""
    left = scopes
    if isinstance(objective, Phase):
        left = [scope for scope in scopes if matches(objective.trains, scope)]
    found: list[Moved] = []
    for group, written in objective.groups.items():
        own = tuple(scope for scope in left if matches(written.layers, scope))
        left = [scope for scope in left if scope not in own]
        found.append(Moved(before + group, written.optimizer, own))
    found.append(Moved(name or MAIN, objective.optimizer, tuple(left)))
    return [own for own in found if own.scopes] or found[-1:]


def matches(patterns: Sequence[str], scope: str) -> bool:
    """Whether a scope, or something around it, has one of these names."""
    parts = scope.split("/")
    around = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return any(fnmatchcase(name, pattern) for name in around for pattern in patterns)

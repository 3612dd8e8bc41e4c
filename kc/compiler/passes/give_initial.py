"""Put numbers that the spec gives in the place of initializers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kc.compiler.graph.graph import FirstValues, Graph, Node
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.text import did_you_mean
from kc.core.types import Inferred, Weight
from kc.library.initial import Given, Initial, Numbers, shape_of


def give_initial(graph: Graph, report: Report) -> Graph:
    """Check the names and shapes in ``initial``; files are looked at before training only."""
    given: dict[str, Mapping[str, Numbers]] = {}
    first: dict[str, Node] = {}
    for node in graph.nodes:
        if node.initial is None or node.inferred is None:
            continue
        before = first.setdefault(node.scope, node)
        if before is node:
            given[node.scope] = dict(_checked(node, node.inferred, node.initial, report))
        elif before.initial != node.initial:
            _twice(node, node.initial.values, before, report)
    return graph.with_nodes(tuple(_given(node, given.get(node.scope, {})) for node in graph.nodes))


def _twice(node: Node, initial: Initial, before: Node, report: Report) -> None:
    span = before.initial.values.span if before.initial else None
    report.add(
        codes.INITIAL_TWICE,
        f"`{node.name}` and `{before.name}` share weights but give them other first values",
        at=initial.span,
        cause=Label(span, "given here first") if span else None,
        help="keep one `initial` of the two",
    )


def _checked(
    node: Node, inferred: Inferred, first: FirstValues, report: Report
) -> Iterator[tuple[str, Numbers]]:
    """The numbers by weight."""
    weights, initial = {**inferred.weights, **inferred.state}, first.values
    if initial.file is not None and not weights and not first.inside:
        report.add(
            codes.UNKNOWN_WEIGHT,
            f"{node.layer.kind} has no weights",
            at=initial.span,
            help="remove `initial`",
        )
    for name, numbers in initial.weights.items():
        weight = weights.get(name)
        if weight is None:
            report.add(
                codes.UNKNOWN_WEIGHT,
                f"`{node.name}` has no weight `{name}`",
                at=initial.place(name),
                help=did_you_mean(name, weights)
                if weights
                else f"remove it: {node.layer.kind} has no weights",
            )
        elif isinstance(numbers, str):
            continue
        elif shape_of(numbers) != weight.shape:
            report.add(
                codes.INITIAL_SHAPE,
                f"the weight `{name}` of `{node.name}` has the shape {list(weight.shape)}, "
                f"the numbers have {list(shape_of(numbers))}",
                at=initial.place(name),
                help="write a list for each axis",
            )
        else:
            yield name, numbers


def _given(node: Node, numbers: Mapping[str, Numbers]) -> Node:
    if not numbers or node.inferred is None:
        return node

    def changed(weights: Mapping[str, Weight]) -> Mapping[str, Weight]:
        return {
            name: replace(weight, init=Given(numbers[name])) if name in numbers else weight
            for name, weight in weights.items()
        }

    inferred = node.inferred
    weights, state = changed(inferred.weights), changed(inferred.state)
    return replace(node, inferred=replace(inferred, weights=weights, state=state))

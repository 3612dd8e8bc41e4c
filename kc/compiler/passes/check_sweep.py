"""Check that a sweep has something to choose from, and something to look for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.objectives import log_names
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.expression import ExpressionError
from kc.core.span import Span
from kc.core.text import did_you_mean, listing
from kc.schemas.distribution import Distribution
from kc.schemas.space import Space
from kc.schemas.spec import Spec
from kc.schemas.sweep import LAST, PARAMETERS, Goal, Sweep

MOST_COMBINATIONS: Final = 10_000
"""Of a grid: it is listed before it is tried."""


def check_sweep(graph: Graph, spec: Spec, report: Report) -> None:
    """Report objectives that no epoch logs, and spaces that hold nothing."""
    if (sweep := spec.sweep) is None:
        return
    _check_objectives(sweep, graph, spec, report)
    if not sweep.space:
        report.add(codes.EMPTY_SPACE, "the space is empty",
                   at=spec.key_place("sweep", "space"),
                   help="name what to change: `training.batch_size: [16, 32, 64]`")  # fmt: skip
    before = report.errors
    for path, own in sweep.space.items():
        _check_values(own, spec.value_place("sweep", "space", path), report)
    if not sweep.space or report.errors > before:
        return
    space = Space.of(sweep.space, sweep.constraints)
    if sweep.is_grid:
        _check_grid(space, spec, report)
    _check_constraints(space, spec, report)


def _check_objectives(sweep: Sweep, graph: Graph, spec: Spec, report: Report) -> None:
    if spec.training is None or not graph.outputs:
        return
    known = log_names(spec.training, graph)
    validates = spec.data is None or spec.data.validates or sweep.folds is not None
    logged = list(dict.fromkeys([*known, *(f"val_{name}" for name in known if validates)]))
    for goal in sweep.objective:
        if goal.log not in logged and goal.metric != PARAMETERS:
            _not_logged(goal, known, logged, _place(spec, goal), report)


def _place(spec: Spec, goal: Goal) -> Span | None:
    return spec.value_place("sweep", "objective", value=goal.metric)


def _not_logged(
    goal: Goal, known: Sequence[str], logged: Sequence[str], at: Span | None, report: Report
) -> None:
    if goal.log.removeprefix("val_") in known:
        report.add(
            codes.OBJECTIVE_VALIDATION,
            f"there is no validation data, so no epoch logs `{goal.log}`",
            at=at,
            help="add `data: {split: {validation: 0.2}}`, or `sweep: {folds: 5}`",
        )
        return
    every = [*logged, *(LAST + name for name in logged), PARAMETERS]
    help = did_you_mean(goal.metric, every)
    report.add(
        codes.UNKNOWN_OBJECTIVE,
        f"no epoch logs `{goal.log}`",
        at=at,
        help=help if help.startswith("did") else f"one of {listing(logged)}",
        notes=(f"an epoch logs {listing(logged)}",) if help.startswith("did") else (),
    )


def _check_values(own: Distribution, at: Span | None, report: Report) -> None:
    """Check that a distribution has values, and those inside of its options."""
    if own.kind == "choice":
        if not own.options:
            report.add(codes.EMPTY_SPACE, "there is nothing to choose from", at=at,
                       help="list the values to try")  # fmt: skip
        for inner in _inner(own.options):
            _check_values(inner, at, report)
        return
    low, high = own.ends
    if high < low:
        help = f"write the smaller one first: `{own.kind}: [{high:g}, {low:g}]`"
        report.add(
            codes.EMPTY_SPACE, f"no value lies between {low:g} and {high:g}", at=at, help=help
        )
    elif own.log and low <= 0:
        report.add(codes.LOG_RANGE, f"`{own.kind}` cannot begin at {low:g}", at=at,
                   label="expected a range above 0",
                   help="begin with the smallest value that makes a difference")  # fmt: skip


def _inner(value: object) -> Sequence[Distribution]:
    match value:
        case Distribution():
            return [value]
        case dict():
            inside = cast("dict[str, object]", value).values()
        case list() | tuple():
            inside = cast("Sequence[object]", value)
        case _:
            return []
    return [own for part in inside for own in _inner(part)]


def _check_grid(space: Space, spec: Spec, report: Report) -> None:
    for own in space.parameters:
        if own.count is None:
            endless = next(p for p in own.all() if not p.options and p.count is None)
            low, high = endless.distribution.ends
            report.add(codes.GRID, f"a grid cannot list all values from {low:g} to {high:g}",
                       at=spec.value_place("sweep", "space", own.root),
                       help="give a `step`, or a list of values")  # fmt: skip
    count = space.count
    if count is not None and count > MOST_COMBINATIONS:
        report.add(codes.GRID, f"the grid has {count:,} combinations",
                   at=spec.key_place("sweep", "space"),
                   label=f"expected at most {MOST_COMBINATIONS:,}",
                   help="take fewer values, or another sampler")  # fmt: skip


def _check_constraints(space: Space, spec: Spec, report: Report) -> None:
    """Check that each has a truth value, at one end of the space."""
    for position, text in enumerate(space.constraints):
        try:
            space.holds(text, space.at([0.0] * len(space.all)))
        except ExpressionError as error:
            help = f"one of {listing(f'${name}' for name in space.short_names.values())}"
            if error.kind == "name":
                found = did_you_mean(error.name, space.names)
                help = found.replace("`", "`$", 1) if found.startswith("did") else help
            at = spec.value_place("sweep", "constraints", position)
            report.add(codes.CONSTRAINT, error.message, at=at, help=help)

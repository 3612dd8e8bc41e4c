"""Finds the steps that the backward pass runs again: those of items with `remat`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kc.compiler.graph.graph import Graph, Region, is_within
from kc.compiler.lower.repeats import last_reads
from kc.core.program import Program, Step
from kc.core.stretches import Remat


def find_remats(program: Program, graph: Graph) -> Iterator[Remat]:
    """The stretches of a program that are computed again, in order."""
    read = last_reads(program, graph)

    def region(numbered: tuple[int, Step]) -> Region | None:
        return graph.index[numbered[1].node].remat

    for found, group in groupby(enumerate(program.steps), region):
        numbers, steps = zip(*group, strict=True)
        stop = numbers[-1] + 1
        made = tuple(v for step in steps for v in step.made if read.get(v, -1) >= stop)
        if found is not None and made:
            yield Remat(numbers[0], len(steps), made, _states(steps, found.scope))


def _states(steps: Sequence[Step], own: str) -> tuple[str, ...]:
    """The scopes of steps with a state, those within a scope first."""
    scopes = {step.scope for step in steps if step.state}
    return tuple(sorted(scopes, key=lambda scope: (not is_within(scope, own), scope)))

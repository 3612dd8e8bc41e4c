"""Trains many runs that differ in numbers and seeds alone as one compiled program."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from kc.compiler.lower.varied import vary
from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.lanes import Lanes, width_for
from kc.compiler.plan.plan import Plan
from kc.core.data import Examples
from kc.core.events import EpochEnd, Logs
from kc.library.remedies import Stop
from kc.runtime.data.epochs import in_order
from kc.runtime.data.feed import on_device
from kc.runtime.data.split import Splits
from kc.runtime.data.stream import Part, ready
from kc.runtime.fitting import fitted, recalled
from kc.runtime.group import Group, Reached
from kc.runtime.trial import Trial
from kc.runtime.validation import of_plan

_SAME = (
    "form",
    "batch_size",
    "steps_per_epoch",
    "validation_freq",
    "validation_steps",
    "shuffle",
)
"""Settings of plans in which the runs of a population agree."""


def worthwhile(plans: Sequence[Plan], data: Splits | None = None) -> bool:
    """Whether these runs train faster together than one by one.

    So they do wherever they can be one program: it compiles once. They cannot where they differ in
    more than numbers, seeds and epochs, where examples are read while training runs, where a
    callback acts on more than its own run, or where one goes on after numbers that are not finite.
    """
    first = plans[0]
    programs = [plan.training for plan in plans if plan.training is not None]
    return (
        1 < len(plans) == len(programs)
        and not first.form.streamed
        and (data is None or isinstance(data.train, Examples))
        and all(_agree(first, plan) for plan in plans)
        and all(isinstance(plan.remedy, Stop) for plan in plans)
        and all(own.in_population is not None for plan in plans for own in plan.callbacks)
        and vary(programs) is not None
    )


def _agree(plan: Plan, other: Plan) -> bool:
    return (
        all(getattr(plan, name) == getattr(other, name) for name in _SAME)
        and plan.resolved.get("data") == other.resolved.get("data")
        and _same_arrays(plan.initial, other.initial)
    )


def _same_arrays(tree: Any, other: Any) -> bool:
    return tree is other or (
        jax.tree.structure(tree) == jax.tree.structure(other)
        and all(map(np.array_equal, jax.tree.leaves(tree), jax.tree.leaves(other)))
    )


class Population:
    """Runs of one program, in groups that train as one: each run has a lane of its group.

    A run has the weights, orders and random numbers that it has alone, and its numbers agree with
    those that it has alone up to rounding.
    """

    def __init__(self, plans: Sequence[Plan], data: Splits, width: int | None = None) -> None:
        """Prepare the data; layers that are fitted are so once.

        Args:
            plans: runs that are ``worthwhile`` to train together.
            data: raw examples, as the section ``data`` of all plans names them.
            width: how many runs train as one; by default what is fastest.

        Raises:
            CompileError: when a layer cannot be fitted, or refuses its input.
        """
        first = fitted(plans[0], data.train)
        plans = [first, *(recalled(plan, first.resolved) for plan in plans[1:])]
        varied = vary([plan.trained() for plan in plans])
        if varied is None:
            raise ValueError("the runs are not one program")
        self._values = varied.values
        self.trials = [Trial(number, plan) for number, plan in enumerate(plans)]
        self.data = data.map(lambda part: ready(part, first))
        """The examples as ``measure`` takes them."""
        if not isinstance(self.data.train, Examples):
            raise TypeError("a population needs its examples in memory")
        self._batches = on_device(self.data.train)
        self._validation = of_plan(Execution(first), self.data.validation)
        self.lanes = Lanes(first, varied, width or width_for(first, len(plans)))
        self.groups = [self._group(members) for members in self._divided(self.trials)]
        self._steps = self.groups[0].train.steps

    def drop(self, trial: int) -> None:
        """Train a run no further. Other runs take its place in the program."""
        if self.trials[trial].ended is None:
            self.trials[trial].drop()

    @property
    def living(self) -> list[Trial]:
        """The runs that go on."""
        return [trial for trial in self.trials if trial.ended is None]

    def epochs(self) -> Iterator[Mapping[int, EpochEnd]]:
        """Train; tells after each epoch what it came to, by the numbers of the runs.

        By then a run whose numbers are no longer finite has failed and is left out, and one that
        is finished has its state.
        """
        for trial in self.trials:
            trial.begin(self._steps, len(self.data.train))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for epoch in itertools.count(1):
                if not self.living:
                    return
                began = time.perf_counter()
                reached = self._advance(epoch, pool)
                yield self._told(epoch, reached, time.perf_counter() - began)
                self._close_ranks()

    def measure(self, part: Part) -> Mapping[int, Logs]:
        """Loss and metrics of all finished runs over prepared examples, by their numbers."""
        done = [trial for trial in self.trials if trial.state is not None]
        batches = in_order(part, self.lanes.plan.batch_size)
        found: dict[int, Logs] = {}
        for members in self._divided(done):
            group = self._group(members, [trial.state for trial in members if trial.state])
            logs = group.evaluate(batches.stretches(1, 0, batches.steps))
            for lane, trial in enumerate(members):
                found[trial.number] = {n: float(logs[n][lane]) for n in self.lanes.log_names}
        return found

    # Groups

    def _divided(self, trials: Sequence[Trial]) -> list[Sequence[Trial]]:
        width = self.lanes.width
        return [trials[first : first + width] for first in range(0, len(trials), width)]

    def _group(self, members: Sequence[Trial], states: Sequence[TrainState] | None = None) -> Group:
        return Group(self.lanes, members, self._values, self._batches, states)

    def _close_ranks(self) -> None:
        """Let the runs that go on share fewer groups, once they fit into fewer."""
        divided = self._divided(self.living)
        if divided and len(divided) < len(self.groups):
            states = [[trial.state_there() for trial in members] for members in divided]
            self.groups = [self._group(*one) for one in zip(divided, states, strict=True)]

    # Epochs

    def _advance(self, epoch: int, pool: ThreadPoolExecutor) -> list[Reached]:
        """Train all groups for an epoch, on several cores where there are some."""
        validation = self._validation
        due = validation if validation is not None and validation.is_due(epoch) else None

        def advance(group: Group) -> Reached:
            return group.advance(epoch, due)

        first, *others = self.groups
        # The first one compiles for all.
        before = [advance(first)] if epoch == 1 else []
        return [*before, *pool.map(advance, others if before else self.groups)]

    def _told(
        self, epoch: int, reached: Sequence[Reached], seconds: float
    ) -> Mapping[int, EpochEnd]:
        """Let callbacks see the epoch; what it came to for each run that it went well in."""
        told: dict[int, EpochEnd] = {}
        speed = self._steps * self.lanes.plan.batch_size / max(seconds, 1e-9)
        for group, found in zip(self.groups, reached, strict=True):
            for lane, trial in enumerate(group.members):
                if trial.ended is not None:
                    continue
                if (bad := found.bad_step(lane)) is not None:
                    trial.fail(bad)
                    continue
                logs = found.logs(lane, self.lanes.log_names)
                rests = self._validation is not None and found.validation is None
                event = EpochEnd(epoch, self._steps * epoch, logs, seconds, speed, rests)
                told[trial.number] = trial.end_epoch(event)
                if trial.ending:
                    trial.finish(event.step)
        return told

"""Runs of a population that train as one program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from kc.compiler.plan.batches import Batches, Stretch
from kc.compiler.plan.execution import TrainState
from kc.compiler.plan.lanes import Lanes, Look, in_lane, side_by_side
from kc.core.events import Logs
from kc.runtime.data.epochs import Passes
from kc.runtime.data.order import Order
from kc.runtime.data.shared import Shared
from kc.runtime.trial import Trial
from kc.runtime.validation import Validation


class Reached(NamedTuple):
    """What an epoch of a group came to."""

    look: Look
    validation: Mapping[str, np.ndarray] | None
    """None where it ends without."""

    def bad_step(self, lane: int) -> int | None:
        """The last step that can be the one that left numbers that are not finite."""
        bad = int(self.look.bad_step[lane])
        if bad < 0 and self.look.is_finite[lane]:
            return None
        return bad if bad >= 0 else int(self.look.step[lane]) - 1

    def logs(self, lane: int, names: Sequence[str]) -> Logs:
        """Loss and metrics of one run."""
        logs = {name: float(self.look.logs[name][lane]) for name in names}
        if self.validation is None:
            return logs
        return logs | {f"val_{name}": float(self.validation[name][lane]) for name in names}


class Group:
    """Owns the states of its members while they train."""

    def __init__(
        self,
        lanes: Lanes,
        members: Sequence[Trial],
        values: np.ndarray,
        batches: Batches,
        states: Sequence[TrainState] | None = None,
    ) -> None:
        """Give each member a lane; lanes that are left repeat the last one.

        Args:
            lanes: the program.
            members: at most as many as it has lanes.
            values: the numbers of all runs.
            batches: what they train on, with all groups.
            states: where the members stand, on the host; by default before the first step.
        """
        self.members = members
        self._lanes = lanes
        filled = [min(lane, len(members) - 1) for lane in range(lanes.width)]
        seeds = [members[own].plan.seed for own in filled]
        numbers = [members[own].number for own in filled]
        self._own = lanes.own(np.array(seeds, np.uint32), values[numbers])
        if states is None:
            self._state = lanes.fresh_state(self._own)
        else:
            self._state = side_by_side([states[own] for own in filled])
        self._on_host: TrainState | None = None
        plan = lanes.plan
        feed = Shared(batches, seeds)
        order = Order(len(feed), plan.batch_size, 0, 1, plan.shuffle)
        self.train = Passes(feed, order, plan.steps_per_epoch)
        for trial in members:
            if trial.ended is None:  # others are only measured
                trial.home = self

    def advance(self, epoch: int, validation: Validation | None) -> Reached:
        """Train for an epoch, and measure it where that is due. Waits for the device."""
        self._on_host = None
        stretches = self.train.stretches(epoch, 0, self.train.steps)
        self._state = self._lanes.train(self._state, stretches, self._own)
        found = None if validation is None else self.evaluate(validation.stretches())
        return Reached(self._lanes.look(self._state), found)

    def evaluate(self, stretches: Iterable[Stretch]) -> Mapping[str, np.ndarray]:
        """Losses and metrics (lanes,) over batches."""
        return self._lanes.evaluate(self._state, stretches, self._own)

    # What members may ask for

    def state_of(self, trial: Trial) -> TrainState:
        if self._on_host is None:
            self._on_host = jax.device_get(self._state)
        return in_lane(self._on_host, self.members.index(trial))

    def rate_of(self, trial: Trial, optimizer: str) -> float:
        return float(self._rates(optimizer)[self.members.index(trial)])

    def set_rate(self, trial: Trial, optimizer: str, rate: float) -> None:
        rates = self._rates(optimizer)
        rates[self.members.index(trial)] = rate
        memory = self._state.optimizer[optimizer]
        hyperparams = {**memory.hyperparams, "learning_rate": jax.device_put(rates)}
        memories = {
            **self._state.optimizer,
            optimizer: memory._replace(hyperparams=hyperparams),
        }
        self._state = self._state._replace(optimizer=memories)
        self._on_host = None

    def _rates(self, optimizer: str) -> np.ndarray:
        """A copy of the learning rates of all lanes."""
        return np.array(self._state.optimizer[optimizer].hyperparams["learning_rate"])

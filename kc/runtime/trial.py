"""One run of a population, and what its callbacks may do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

import jax

from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import Plan
from kc.core.diagnostic import Diagnostic
from kc.core.events import EpochEnd, Event, Kept, Logs, TrainBegin, TrainEnd
from kc.library.rates import rate_logs
from kc.runtime.loop import tell
from kc.runtime.standing import Position


class Home(Protocol):
    """Keeps the states of trials while they train."""

    def state_of(self, trial: Trial) -> TrainState:
        """A copy of its state on the host."""
        ...

    def rate_of(self, trial: Trial, optimizer: str) -> float:
        """The learning rate of one of its optimizers."""
        ...

    def set_rate(self, trial: Trial, optimizer: str, rate: float) -> None:
        """Change that from the next step on."""
        ...


class Trial:
    """A run among others. It is what its callbacks control."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        """Its place among the plans."""
        self.plan = plan
        self.position = Position()
        self.logs_of_epoch: Logs = {}
        self.ended: Literal["finished", "dropped", "failed"] | None = None
        self.bad_step: int | None = None
        """The last step, from 0, that can be the one that left numbers that are not finite."""
        self.state: TrainState | None = None
        """Where training ended, once it is finished: that of a run alone."""
        self.callbacks = sorted(
            (own for own in plan.callbacks if own.in_population == "acts"),
            key=lambda callback: callback.order,
        )
        self.watchers = [callback.watch() for callback in self.callbacks]
        self.home: Home | None = None
        self._names = [own.name for own in plan.trained().optimizers]

    # Events

    def begin(self, steps: int, examples: int) -> None:
        """Show its callbacks the beginning."""
        self._tell(TrainBegin(1, self.plan.epochs, steps, examples))

    def end_epoch(self, event: EpochEnd) -> EpochEnd:
        """Show its callbacks an epoch; the event with the learning rates where one sets some."""
        if any(callback.logs_rates for callback in self.callbacks):
            names, rates = rate_logs(self._names), self.learning_rates()
            event = replace(event, logs={**event.logs, **{names[n]: rates[n] for n in rates}})
        self.logs_of_epoch = event.logs
        self.position = replace(self.position, epoch=event.epoch + 1)
        self._tell(event)
        return event

    def finish(self, step: int) -> None:
        """Take the state out of those that train."""
        self.state = Execution(self.plan).averaged(self.state_there())
        self.ended, self.home = "finished", None
        self._tell(TrainEnd(self.position.epoch - 1, step, self.position.stopped))

    def fail(self, step: int) -> None:
        """End after a step that left numbers that are not finite."""
        self.ended, self.bad_step, self.home = "failed", step, None

    def drop(self) -> None:
        """End without a result."""
        self.ended, self.home = "dropped", None

    def state_there(self) -> TrainState:
        """A copy of the state that trains, on the host."""
        return self._home.state_of(self)

    def _tell(self, event: Event) -> None:
        for callback, watcher in zip(self.callbacks, self.watchers, strict=True):
            tell(callback, watcher, event, self)

    # What callbacks may do

    def stop(self, reason: str) -> None:
        self.position = replace(self.position, stopped=reason)

    @property
    def ending(self) -> bool:
        return self.position.epoch > self.plan.epochs or self.position.stopped is not None

    @property
    def interrupted(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def spec(self) -> Mapping[str, object]:
        return self.plan.resolved

    @property
    def folder(self) -> Path:
        return Path()

    def logs(self) -> Logs:
        return self.logs_of_epoch

    def weights(self) -> object:
        state = self.state_there() if self.state is None else self.state
        return {"params": state.params, "layers": state.layers}

    def set_weights(self, weights: object) -> None:
        assert self.state is not None, "weights are put back when training has ended"
        found: Any = weights
        self.state = self.state._replace(params=found["params"], layers=found["layers"])

    def learning_rates(self) -> Mapping[str, float]:
        if self.state is not None:
            memories = jax.device_get(self.state.optimizer)
            return {n: float(memories[n].hyperparams["learning_rate"]) for n in self._names}
        return {name: self._home.rate_of(self, name) for name in self._names}

    def first_learning_rates(self) -> Mapping[str, float]:
        own = self.plan.trained().optimizers
        rates = {one.name: one.call.settings["learning_rate"] for one in own}
        return {name: rate for name, rate in rates.items() if isinstance(rate, float)}

    def set_learning_rate(self, optimizer: str, rate: float) -> None:
        if rate != self._home.rate_of(self, optimizer):
            self._home.set_rate(self, optimizer, rate)

    def notify(self, diagnostic: Diagnostic) -> None:
        """Trials have nowhere to show it."""

    def save(self, keep: Kept) -> None:
        """Trials leave no checkpoints."""

    @property
    def _home(self) -> Home:
        assert self.home is not None
        return self.home

"""The training loop: dispatches steps, yields events, obeys callbacks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import jax
import numpy as np

from kc.compiler.plan.execution import Execution, TrainState
from kc.core import codes
from kc.core.diagnostic import CompileError, Diagnostic, failure
from kc.core.events import (
    Control,
    EpochEnd,
    Event,
    Kept,
    Logs,
    Notice,
    RunEnd,
    StepsEnd,
    TrainBegin,
    TrainEnd,
    Watcher,
)
from kc.library.callback import Callback, CallbackError
from kc.library.loss_scale import all_finite
from kc.library.rates import rate_logs
from kc.library.remedies import Rollback
from kc.runtime.data.epochs import Epochs
from kc.runtime.remedied import skipped, went_back
from kc.runtime.standing import Anchor, NotFiniteError, Position
from kc.runtime.validation import Validation

DISPATCH_SECONDS = 0.25
"""How long one dispatch should take: long enough to cost nothing, short enough to look alive."""


class Saver(Protocol):
    """Takes checkpoints of a loop."""

    def save(self, loop: Loop, keep: Kept) -> None:
        """Take one of this moment. It may become durable later."""
        ...

    def problems(self) -> list[Diagnostic]:
        """Saves that failed since the last call."""
        ...


_all_finite = jax.jit(all_finite)


class Loop:
    """Runs epochs and owns the state meanwhile. It is what callbacks control."""

    def __init__(
        self,
        execution: Execution,
        state: TrainState,
        train: Epochs,
        validation: Validation | None,
        *,
        epochs: int,
        seed: int,
        callbacks: Sequence[Callback],
        position: Position | None = None,
        folder: Path = Path(),
        saver: Saver | None = None,
        record: Callable[[EpochEnd], None] | None = None,
        finish: Callable[[TrainState], RunEnd] = lambda _: RunEnd(),
    ) -> None:
        self.execution = execution
        self._running = execution.pack(state)
        self.epochs = epochs
        self.seed = seed
        self.position = position or Position()
        self.train = train
        self.validation = validation
        self.callbacks = sorted(callbacks, key=lambda callback: callback.order)
        self.watchers: list[Watcher] = [callback.watch() for callback in self.callbacks]
        self.folder = folder
        """Where files that callbacks write belong."""
        self.epoch_logs: Logs = {}
        self.interrupted = False
        """Whether the run ends with the event that callbacks look at, because it was asked to."""
        self._asked_to_end = False
        self.step = int(state.step)
        """Steps done since the run began."""
        self.anchor = Anchor(self.position, jax.device_get(state))
        self.begun = self.anchor
        """Where the epoch began, as far as a rollback may need it."""
        self._told_of = -1
        """The last skipped step that was told of."""
        self._saver = saver
        self._record = record
        self._finish = finish
        self._notices: list[Diagnostic] = []
        self._rates_changed = False
        self._chunk = 8

    @property
    def state(self) -> TrainState:
        """Where training stands, with arrays for each layer."""
        return self.execution.unpack(self._running)

    @state.setter
    def state(self, state: TrainState) -> None:
        self._running = self.execution.pack(state)

    @property
    def asked_to_end(self) -> bool:
        return self._asked_to_end

    def interrupt(self) -> None:
        """Ask the run to end after the steps under way; signal handlers may call this."""
        self._asked_to_end = True

    # What callbacks may do

    def stop(self, reason: str) -> None:
        self.position = replace(self.position, stopped=reason)

    @property
    def ending(self) -> bool:
        """Whether nothing follows the event that callbacks look at."""
        done = self.position.epoch > self.epochs
        return done or self.interrupted or self.position.stopped is not None

    @property
    def name(self) -> str:
        return self.execution.plan.name

    @property
    def spec(self) -> Mapping[str, object]:
        return self.execution.plan.resolved

    def logs(self) -> Logs:
        return self.execution.logs(self._running.sums)

    def weights(self) -> object:
        shown = self.execution.unpack(self._shown())
        return jax.device_get({"params": shown.params, "layers": shown.layers})

    def set_weights(self, weights: object) -> None:
        found: Any = jax.device_put(weights)
        self.state = self.state._replace(params=found["params"], layers=found["layers"])

    def learning_rates(self) -> Mapping[str, float]:
        rates = {name: self._memory(name)["learning_rate"] for name in self._optimizers}
        return {name: float(rate) for name, rate in jax.device_get(rates).items()}

    def first_learning_rates(self) -> Mapping[str, float]:
        training = self.execution.plan.trained()
        rates = {own.name: own.call.settings["learning_rate"] for own in training.optimizers}
        return {name: rate for name, rate in rates.items() if isinstance(rate, float)}

    def set_learning_rate(self, optimizer: str, rate: float) -> None:
        rates = self._memory(optimizer)
        # Of the type that it had, so that nothing compiles again.
        new = np.asarray(rate, rates["learning_rate"].dtype)
        if new == jax.device_get(rates["learning_rate"]):
            return
        memory = self._running.optimizer[optimizer]
        changed = memory._replace(hyperparams={**rates, "learning_rate": jax.device_put(new)})
        memories = {**self._running.optimizer, optimizer: changed}
        self._running = self._running._replace(optimizer=memories)
        self._rates_changed = True

    def notify(self, diagnostic: Diagnostic) -> None:
        self._notices.append(diagnostic)

    def save(self, keep: Kept) -> None:
        self._take_anchor()
        if self._saver is not None:
            self._saver.save(self, keep)

    def _take_anchor(self) -> None:
        self.anchor = Anchor(self.position, jax.device_get(self.state))
        self._rates_changed = False

    @property
    def _optimizers(self) -> list[str]:
        return [own.name for own in self.execution.plan.trained().optimizers]

    def _memory(self, optimizer: str) -> Mapping[str, Any]:
        """What an optimizer keeps where it can be changed: its learning rate."""
        return self._running.optimizer[optimizer].hyperparams

    def _shown(self) -> TrainState:
        """The state that callbacks and validation look at."""
        if any(callback.shows_averages for callback in self.callbacks):
            return self.execution.averaged(self.state)
        return self._running

    # The loop

    def events(self) -> Iterator[Event]:
        """Train to the last epoch; every event is shown to the callbacks, then yielded.

        Raises:
            NotFiniteError: after a dispatch in which a loss or a weight was not finite.
        """
        begin = TrainBegin(
            self.position.epoch,
            self.epochs,
            self.train.steps,
            self.train.examples,
            self.step,
        )
        try:
            yield from self._show(begin)
            while not self.ending:
                yield from self._epoch(self.position.epoch)
            if not self.interrupted:
                self.state = self.execution.finished(self.state)
                end = TrainEnd(self.position.epoch - 1, self.step, self.position.stopped)
                yield from self._show(end)
                yield from self._show(self._finish(self.state))
        finally:
            self.train.close()
            if self.validation is not None:
                self.validation.close()

    def _epoch(self, epoch: int) -> Iterator[Event]:
        began, before = time.perf_counter(), self._examples() if self.position.step else 0.0
        while (steps := self.train.steps) is None or self.position.step < steps:
            if self.position.step == 0 and self.goes_back is not None:
                self.begun = Anchor(self.position, jax.device_get(self.state))
            yield from self._dispatch(epoch)
            if self.interrupted:
                return
        if self._skips and self._examples() == 0:
            self._nothing_counted(epoch)
        speed = (self._examples() - before) / max(time.perf_counter() - began, 1e-9)
        validation = self.validation
        rests = validation is not None and not validation.is_due(epoch)
        logs = self.logs()
        if validation is not None and not rests:
            logs = {**logs, **{f"val_{k}": v for k, v in validation.logs(self._shown()).items()}}
        logs = {**logs, **self._rates()}
        self.epoch_logs = logs
        self.position = replace(self.position, epoch=epoch + 1, step=0)
        seconds = time.perf_counter() - began
        yield from self._show(EpochEnd(epoch, self.step, logs, seconds, speed, rests))

    def _examples(self) -> float:
        """How many examples the steps of the epoch have taken. Waits for the device."""
        return float(jax.device_get(self._running.sums["examples"]))

    def _dispatch(self, epoch: int) -> Iterator[Event]:
        """Run some steps: as many as fit the time of a dispatch, up to where a callback looks."""
        first = self.position.step
        stop = min(first + self._chunk, self._next_stop(first))
        began = time.perf_counter()
        done = first
        for stretch in self.train.stretches(epoch, first, stop):
            self._running = self.execution.train(self._running, stretch, self.seed)
            done = stretch.stop
        if epoch < self.epochs:
            self.train.foresee(epoch + 1)
        state = self._running
        # Once in a dispatch, so that no event and no checkpoint is about weights that are lost.
        looks = (state.step, state.bad_step, _all_finite(state.params))
        step, bad_step, is_finite = map(int, jax.device_get(looks))
        self._adapt(max(1, done - first), time.perf_counter() - began)
        if not is_finite or (bad_step >= 0 and not self._skips):
            self._go_back(bad_step if bad_step >= 0 else step - 1)
            return
        if bad_step not in {-1, self._told_of}:
            self._told_of = bad_step
            self.notify(skipped(epoch, bad_step))
        self.step = step
        self.position = replace(self.position, step=done)
        yield from self._show(StepsEnd(epoch, done, self.step))

    @property
    def _skips(self) -> bool:
        return self.execution.plan.remedy.skips

    @property
    def goes_back(self) -> Rollback | None:
        """How the run goes back, where it may."""
        remedy = self.execution.plan.remedy
        return remedy if isinstance(remedy, Rollback) and self.train.repeatable else None

    def _nothing_counted(self, epoch: int) -> None:
        """Give up after an epoch of which every step was skipped.

        Raises:
            NotFiniteError: always.
        """
        # All is as it was when the epoch began, so from there the first step can be done again.
        begun = {"step": np.int32(self.step - self.position.step), "bad_step": np.int32(-1)}
        state = jax.device_get(self.state)._replace(**begun)
        self.anchor = Anchor(replace(self.position, step=0), state)
        raise NotFiniteError(self.step - 1, f"every step of epoch {epoch} was skipped")

    def _go_back(self, bad_step: int) -> None:
        """Begin the epoch again with lower learning rates, as often as the spec allows.

        Raises:
            NotFiniteError: when it does not.
        """
        remedy, done = self.goes_back, self.position.rollbacks
        if remedy is None or done == remedy.most:
            raise NotFiniteError(bad_step, *([f"rollbacks before: {done}"] if done else []))
        self.position = replace(self.begun.position, rollbacks=done + 1)
        self.state = jax.device_put(self.begun.state)
        self.step = int(self.begun.state.step)
        for own, rate in self.learning_rates().items():
            self.set_learning_rate(own, rate * remedy.factor)
        self._take_anchor()
        self.notify(went_back(self.position.epoch, bad_step, self.learning_rates()))

    def _next_stop(self, first: int) -> int:
        """The next step of this epoch at which it ends or a callback wants to look."""
        intervals = [c.step_interval for c in self.callbacks if c.step_interval]
        looks = [first + interval - self.step % interval for interval in intervals]
        return min([self.train.steps or sys.maxsize, *looks])

    def _adapt(self, steps: int, seconds: float) -> None:
        # The length of a dispatch changes no result: the body of the loop is the same.
        wanted = int(steps * DISPATCH_SECONDS / max(seconds, 1e-6))
        self._chunk = max(1, min(wanted, self._chunk * 8))

    def _rates(self) -> Logs:
        """The learning rates of an epoch, where something sets some."""
        if not (self.goes_back or any(callback.logs_rates for callback in self.callbacks)):
            return {}
        names = rate_logs(self._optimizers)
        return {names[own]: rate for own, rate in self.learning_rates().items()}

    def _show(self, event: Event) -> Iterator[Event]:
        if self._record is not None and isinstance(event, EpochEnd):
            self._record(event)
        if isinstance(event, StepsEnd | EpochEnd):
            # Taken over here alone: all callbacks see the same, and the last one saves.
            self.interrupted = self._asked_to_end
        self._tell(event)
        if self._rates_changed:
            # From an anchor on, steps can be done again: it has to have the rates that they have.
            self._take_anchor()
        yield event
        if self._saver is not None:
            self._notices += self._saver.problems()
        notices, self._notices = self._notices, []
        for diagnostic in notices:
            notice = Notice(diagnostic)
            self._tell(notice)
            yield notice

    def _tell(self, event: Event) -> None:
        for callback, watcher in zip(self.callbacks, self.watchers, strict=True):
            tell(callback, watcher, event, self)


def tell(callback: Callback, watcher: Watcher, event: Event, control: Control) -> None:
    """Show an event to the watcher of a callback.

    Raises:
        CompileError: when it fails, at the place of the callback.
    """
    try:
        watcher.on(event, control)
    except CompileError:
        raise
    except CallbackError as error:
        raise _placed(callback, error) from None
    except Exception as error:
        raise failure(
            codes.CALLBACK_FAILED,
            f"the callback {callback.kind} failed: {type(error).__name__}: {error}",
            at=callback.span,
            help="mend it; checkpoints saved before are whole",
        ) from error


def require(callbacks: Sequence[Callback]) -> None:
    """Check that what callbacks need is installed, before a run begins.

    Raises:
        CompileError: when something is missing.
    """
    for callback in callbacks:
        try:
            callback.require()
        except CallbackError as error:
            raise _placed(callback, error) from None


def _placed(callback: Callback, error: CallbackError) -> CompileError:
    """The diagnostic of a callback that cannot do its work."""
    return failure(error.code, error.message, at=callback.span, help=error.help)

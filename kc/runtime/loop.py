"""The training loop: dispatches steps, yields events, obeys callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from kc.compiler.plan.execution import Batches, Execution, TrainState
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import CompileError, Diagnostic, failure
from kc.core.events import (
    EpochEnd,
    Event,
    Kept,
    Logs,
    Notice,
    StepsEnd,
    TrainBegin,
    TrainEnd,
    Watcher,
)
from kc.library.callback import Callback, CallbackError
from kc.library.rates import rate_logs
from kc.runtime.data.order import epoch_order

DISPATCH_SECONDS = 0.25
"""How long one dispatch should take: long enough to cost nothing, short enough to look alive."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: the epoch, from 1, and the steps of it that are done."""

    epoch: int = 1
    step: int = 0
    stopped: str | None = None
    """Why the run ended before its last epoch, if it did."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A state on the host from which later steps can be done again, bit for bit."""

    position: Position
    state: TrainState


class NotFiniteError(Exception):
    """A step whose loss was NaN or infinite."""

    def __init__(self, step: int) -> None:
        super().__init__(f"the loss of step {step} is not finite")
        self.step = step


class Loop:
    """Runs epochs and owns the state meanwhile. It is what callbacks control."""

    def __init__(
        self,
        execution: Execution,
        state: TrainState,
        train: Examples,
        validation: Examples | None,
        *,
        epochs: int,
        seed: int,
        shuffle: bool,
        callbacks: Sequence[Callback],
        position: Position | None = None,
        epochs_before: int = 0,
        folder: Path = Path(),
        save: Callable[[Loop, Kept], list[Diagnostic]] | None = None,
        record: Callable[[EpochEnd], None] | None = None,
    ) -> None:
        self.execution = execution
        self._running = execution.pack(state)
        self.train = train
        self.epochs = epochs
        self.seed = seed
        self.shuffle = shuffle
        self.position = position or Position()
        self.epochs_before = epochs_before
        """Epochs of earlier calls on the same state; they had their own orders."""
        self.batch_size = execution.plan.batch_size
        self.steps_per_epoch = -(-len(train) // self.batch_size)
        self.callbacks = sorted(callbacks, key=lambda callback: callback.order)
        self.watchers: list[Watcher] = [callback.watch() for callback in self.callbacks]
        self.folder = folder
        """Where files that callbacks write belong."""
        self.epoch_logs: Logs = {}
        self.interrupted = False
        self.step = int(state.step)
        """Steps done since the run began."""
        self.anchor = Anchor(self.position, jax.device_get(state))
        self._save = save
        self._record = record
        self._notices: list[Diagnostic] = []
        self._data = on_device(train)
        self._validation = None if validation is None else ordered(validation, self.batch_size)
        self._rates_changed = False
        self._chunk = 8
        self._prepared: tuple[int, np.ndarray] | None = None

    @property
    def state(self) -> TrainState:
        """Where training stands, with arrays for each layer."""
        return self.execution.unpack(self._running)

    @state.setter
    def state(self, state: TrainState) -> None:
        self._running = self.execution.pack(state)

    # What callbacks may do

    def stop(self, reason: str) -> None:
        self.position = replace(self.position, stopped=reason)

    @property
    def ending(self) -> bool:
        """Whether nothing follows the event that callbacks look at."""
        done = self.position.epoch > self.epochs
        return done or self.interrupted or self.position.stopped is not None

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
        if self._save is not None:
            self._notices += self._save(self, keep)

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
            NotFiniteError: after a dispatch in which a loss was not finite.
        """
        begin = TrainBegin(
            self.position.epoch,
            self.epochs,
            self.steps_per_epoch,
            len(self.train),
            self.step,
        )
        yield from self._show(begin)
        while not self.ending:
            yield from self._epoch(self.position.epoch)
        if not self.interrupted:
            self.state = self.execution.finished(self.state)
            end = TrainEnd(self.position.epoch - 1, self.step, self.position.stopped)
            yield from self._show(end)

    def _epoch(self, epoch: int) -> Iterator[Event]:
        began, first_step = time.perf_counter(), self.position.step
        batches = self.batches(epoch)
        while self.position.step < self.steps_per_epoch:
            yield from self._dispatch(epoch, batches)
            if self.interrupted:
                return
        trained = time.perf_counter() - began
        logs = self.logs()
        if self._validation is not None:
            logs = {**logs, **{f"val_{k}": v for k, v in self._validate().items()}}
        logs = {**logs, **self._rates()}
        self.epoch_logs = logs
        self.position = replace(self.position, epoch=epoch + 1, step=0)
        done = min((self.steps_per_epoch - first_step) * self.batch_size, len(self.train))
        seconds = time.perf_counter() - began
        yield from self._show(EpochEnd(epoch, self.step, logs, seconds, done / max(trained, 1e-9)))

    def _dispatch(self, epoch: int, batches: Batches) -> Iterator[Event]:
        """Run some steps: as many as fit the time of a dispatch, up to where a callback looks."""
        first = self.position.step
        stop = min(first + self._chunk, self._next_stop(first))
        began = time.perf_counter()
        self._running = self.execution.train(self._running, batches, first, stop, self.seed)
        self._prepare_order(epoch + 1)
        step, bad_step = jax.device_get((self._running.step, self._running.bad_step))
        self._adapt(stop - first, time.perf_counter() - began)
        if bad_step >= 0:
            raise NotFiniteError(int(bad_step))
        self.step = int(step)
        self.position = replace(self.position, step=stop)
        yield from self._show(StepsEnd(epoch, stop, self.step))

    def _next_stop(self, first: int) -> int:
        """The next step of this epoch at which it ends or a callback wants to look."""
        intervals = [c.step_interval for c in self.callbacks if c.step_interval]
        looks = [first + interval - self.step % interval for interval in intervals]
        return min([self.steps_per_epoch, *looks])

    def _adapt(self, steps: int, seconds: float) -> None:
        # The length of a dispatch changes no result: the body of the loop is the same.
        wanted = int(steps * DISPATCH_SECONDS / max(seconds, 1e-6))
        self._chunk = max(1, min(wanted, self._chunk * 8))

    def order(self, epoch: int) -> np.ndarray:
        """Row numbers of an epoch, in the order of its steps."""
        if self._prepared is not None and self._prepared[0] == epoch:
            return self._prepared[1]
        number = epoch + self.epochs_before
        return epoch_order(len(self.train), self.batch_size, self.seed, number, self.shuffle)

    def _prepare_order(self, epoch: int) -> None:
        """Draw the next epoch's order while the device is busy."""
        if epoch <= self.epochs:
            self._prepared = (epoch, self.order(epoch))

    def batches(self, epoch: int) -> Batches:
        """The training examples on the device, in the order of an epoch."""
        return self._data._replace(order=jax.device_put(self.order(epoch)))

    def _validate(self) -> Logs:
        assert self._validation is not None
        steps = len(self._validation.order) // self.batch_size
        return self.execution.logs(self.execution.evaluate(self._shown(), self._validation, steps))

    def _rates(self) -> Logs:
        """The learning rates of an epoch, where a callback sets some."""
        if not any(callback.logs_rates for callback in self.callbacks):
            return {}
        names = rate_logs(self._optimizers)
        return {names[own]: rate for own, rate in self.learning_rates().items()}

    def _show(self, event: Event) -> Iterator[Event]:
        if self._record is not None and isinstance(event, EpochEnd):
            self._record(event)
        self._tell(event)
        if self._rates_changed:
            # From an anchor on, steps can be done again: it has to have the rates that they have.
            self._take_anchor()
        yield event
        notices, self._notices = self._notices, []
        for diagnostic in notices:
            notice = Notice(diagnostic)
            self._tell(notice)
            yield notice

    def _tell(self, event: Event) -> None:
        for callback, watcher in zip(self.callbacks, self.watchers, strict=True):
            try:
                watcher.on(event, self)
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


def on_device(examples: Examples) -> Batches:
    """Examples on the device, without an order yet."""
    arrays = (dict(examples.inputs), dict(examples.targets), dict(examples.weights))
    inputs, targets, weights = jax.device_put(arrays)
    return Batches(inputs, targets, np.zeros(0, np.int32), weights)  # pyright: ignore[reportArgumentType]


def ordered(examples: Examples, batch_size: int) -> Batches:
    """Examples on the device in their own order, for measuring."""
    order = epoch_order(len(examples), batch_size, seed=0, epoch=0, shuffle=False)
    return on_device(examples)._replace(order=jax.device_put(order))


def measure(execution: Execution, state: TrainState, examples: Examples) -> Logs:
    """Loss and metrics over examples, without training."""
    batches = ordered(examples, execution.plan.batch_size)
    steps = len(batches.order) // execution.plan.batch_size
    return execution.logs(execution.evaluate(state, batches, steps))

"""A model to train, measure and ask from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kc.compiler.passes.check_callbacks import check_given
from kc.compiler.pipeline import Compiled
from kc.compiler.plan.execution import TrainState
from kc.compiler.plan.plan import Plan
from kc.core.events import Logs
from kc.emit.python import to_python
from kc.emit.summary import summary_text
from kc.front.callbacks import Function, Verbose, as_callback, progress
from kc.front.executions import Executions
from kc.front.fit import run, validation_of
from kc.front.given import (
    Given,
    changed,
    epochs_from,
    examples,
    inputs,
    is_streamed,
    one_epoch,
    part,
    refuse_batch_size,
    to_adapt,
    to_predict,
    to_train,
)
from kc.front.held import Held
from kc.front.history import History
from kc.library.callback import Callback
from kc.runtime import gradients, model_file
from kc.runtime.data.batched import Batched
from kc.runtime.data.feed import on_device
from kc.runtime.data.job import examples as examples_of_spec
from kc.runtime.data.stream import Part
from kc.runtime.device import set_up
from kc.runtime.loop import Loop, require
from kc.runtime.predict import predict, predict_batch, predict_batches
from kc.runtime.run_folder import to_yaml
from kc.runtime.standing import Position
from kc.runtime.validation import measure, measure_batches


class Model:
    """A compiled spec with its weights.

    Inputs and targets are arrays with one row per example, lists of arrays in the order of the
    model's inputs and outputs, or dicts of arrays by name. Inputs are raw: preprocessing of the
    spec is part of the model.

    Example:
        >>> model = kc.load("spec.yaml")
        >>> model.fit(x, y, epochs=5)
        >>> model.predict(x[:3])
    """

    def __init__(self, compiled: Compiled, folder: Path) -> None:
        set_up()
        self.held = Held(compiled, folder)
        """What is inside."""

    @property
    def compiled(self) -> Compiled:
        """The spec with all that was found out about it."""
        return self.held.compiled

    @property
    def _plan(self) -> Plan:
        return self.held.plan

    @property
    def _executions(self) -> Executions:
        return self.held.executions

    # Training

    def fit(
        self,
        x: Given = None,
        y: Given = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        validation_split: float = 0.0,
        validation_data: Given = None,
        sample_weight: Given = None,
        class_weight: Mapping[int, float] | None = None,
        callbacks: Sequence[Callback | Function] = (),
        shuffle: bool | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] | None = None,
        verbose: Verbose = True,
    ) -> History:
        """Train, on the data of the spec where none are given.

        Args:
            x: inputs; or a source, or what gives batches ``(x, y)`` or ``(x, y, sample_weight)``,
                each of which is a step: an iterable, a generator or a function that returns one, a
                sequence as Keras's ``PyDataset``, a loader of PyTorch.
            y: targets.
            epochs: number of the last epoch; the spec's by default.
            batch_size: examples per step; the spec's by default.
            validation_split: part at the end of the arrays that measures epochs.
            validation_data: inputs and targets, and weights if any, that measure epochs; or a
                source, or what gives batches.
            sample_weight: how much each example counts, for all outputs or by output.
            class_weight: how much examples of a class count; instead of the spec's.
            callbacks: beside those of the spec: of ``kc.callbacks``, or functions that take an
                event of ``kc.events`` and the control. Files go to the current folder.
            shuffle: whether each pass has its own order; as the spec says by default. Batches keep
                theirs, but for those of a sequence.
            initial_epoch: epochs that were done before. After as many, training goes on as if it
                had never stopped.
            steps_per_epoch: steps after which an epoch ends; the next one goes on there.
            validation_steps: batches that measure an epoch, always the first ones.
            validation_batch_size: examples per batch of validation.
            validation_freq: every how many epochs there is validation, or the numbers of epochs
                that end with it.
            verbose: 0 for nothing, 1 for a line per epoch and a bar, 2 for lines alone.

        Returns:
            What the epochs logged.

        Raises:
            CompileError: when the data do not fit the model, or a loss is not finite.
        """
        own = [as_callback(callback) for callback in callbacks]
        plan = self._plan
        train, validation = to_train(plan, self.held.folder, x, y, sample_weight, validation_split)
        refuse_batch_size(train, "batch_size", batch_size)
        check_given(own, self.compiled.spec, self.compiled.graph)
        require([*plan.callbacks, *own])
        self.held.fit_layers(train)
        execution = self._executions.of(batch_size, class_weight, streamed=is_streamed(train))
        given = {
            "epochs": epochs,
            "shuffle": shuffle,
            "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps,
            "validation_freq": validation_freq,
        }
        plan = changed(execution.plan, given)
        if validation_data is not None:
            validation = self._measuring(validation_data)
        state = execution.forget(self.state)
        loop = Loop(
            execution,
            state,
            epochs_from(
                train, plan, max(0, self.held.epochs_done - initial_epoch), initial_epoch + 1
            ),
            validation_of(validation, self._executions, plan, validation_batch_size),
            epochs=plan.epochs,
            seed=plan.seed,
            callbacks=[*plan.callbacks, *own, *progress(verbose)],
            position=Position(initial_epoch + 1),
        )
        return run(loop, self.held)

    def _measuring(self, given: Given) -> Part | Batched:
        """Examples to measure with, of the argument ``validation_data``."""
        arguments = given if isinstance(given, tuple) else (given,)
        return part(self._plan, self.held.folder, *arguments, name="validation_data")

    def adapt(self, x: Given) -> None:
        """Find the fields of layers that are fitted to data, without training.

        What was found before, or given in the spec, stays. ``fit`` does this first, but for
        batches.

        Raises:
            CompileError: when the data do not fit the model, or a layer cannot be fitted to them.
        """
        self.held.find_fields(to_adapt(self._plan, self.held.folder, x))

    def train_on_batch(
        self,
        x: Given,
        y: Given = None,
        sample_weight: Given = None,
        class_weight: Mapping[int, float] | None = None,
    ) -> Logs:
        """One training step on one batch; its loss and metrics before the update.

        Stateful layers go on from the batch before.

        Raises:
            CompileError: when the data do not fit the model, or stateful layers remember a batch of
                another size.
        """
        batch = self.held.on_host(examples(self._plan, x, y, sample_weight))
        if class_weight is None:
            self.compiled.need_balance()
        execution = self._executions.of(len(batch), class_weight)
        state = self.held.going_on(len(batch))
        self.held.give_up()
        self.held.state = execution.train_on_batch(state, on_device(batch), self._plan.seed)
        return execution.logs(self.state.sums)

    # Measuring and asking

    def evaluate(
        self,
        x: Given = None,
        y: Given = None,
        *,
        sample_weight: Given = None,
        batch_size: int | None = None,
        steps: int | None = None,
    ) -> Logs:
        """Loss and metrics, on the test data of the spec where none are given.

        Args:
            x: inputs; or a source, or what gives batches, as ``fit`` takes it.
            y: targets.
            sample_weight: how much each example counts, for all outputs or by output.
            batch_size: examples per batch; the spec's by default.
            steps: how many batches are taken; by default all.

        Raises:
            CompileError: when the data do not fit the model.
        """
        self.compiled.need_fitted()
        found = (
            self._tested() if x is None else part(self._plan, self.held.folder, x, y, sample_weight)
        )
        refuse_batch_size(found, "batch_size", batch_size)
        execution = self._executions.of(batch_size, streamed=is_streamed(found))
        epochs = one_epoch(found, execution.plan, steps)
        return measure_batches(execution, self.state, epochs, steps)

    def _tested(self) -> Part:
        data = examples_of_spec(self._plan, self.held.folder)
        return data.test or data.validation or data.train

    def test_on_batch(self, x: Given, y: Given = None, sample_weight: Given = None) -> Logs:
        """Loss and metrics of one batch, as ``evaluate`` gives them.

        Raises:
            CompileError: when the data do not fit the model.
        """
        batch = self.held.on_host(examples(self._plan, x, y, sample_weight))
        return measure(self._executions.of(len(batch)), self.state, batch)

    def predict(self, x: Given, *, batch_size: int | None = None, steps: int | None = None) -> Any:
        """Outputs for inputs: an array, or a dict of arrays where the model has several outputs.

        Args:
            x: inputs; or a source, or what gives batches ``x``, or tuples that begin with it.
            batch_size: examples per batch; the spec's by default.
            steps: how many batches are taken of what gives some; by default all.

        Raises:
            CompileError: when the data do not fit the model.
        """
        self.compiled.need_fitted()
        found = to_predict(self._plan, self.held.folder, x)
        execution = self._executions.of()
        if isinstance(found, Batched):
            refuse_batch_size(found, "batch_size", batch_size)
            return _plain(predict_batches(execution, self.state, found.taken(steps)))
        return _plain(predict(execution, self.state, found, batch_size or self._plan.batch_size))

    def predict_on_batch(self, x: Given) -> Any:
        """Outputs for one batch, as ``predict`` gives them. Stateful layers go on from the batch
        before.

        Raises:
            CompileError: when the data do not fit the model, or stateful layers remember a batch of
                another size.
        """  # noqa: D205
        batch = self.held.on_host(inputs(self._plan, x))
        outputs, self.held.state = predict_batch(
            self._executions.of(), self.held.going_on(len(batch)), batch
        )
        return _plain(outputs)

    def gradients(
        self,
        x: Given,
        y: Given = None,
        *,
        output: str | None = None,
        place: int | tuple[int, ...] = (),
    ) -> Any:
        """Gradients with respect to the inputs, as for saliency maps and adversarial examples.

        The model behaves as outside of training. Inputs of whole numbers and text have none.

        Args:
            x: inputs.
            y: targets; then the gradient is that of the loss over all examples. Without them it is
                that of an output, for each example by itself.
            output: which output; needed where the model has several and ``y`` is not given.
            place: which number of the output, as a class; by default the sum of all.

        Returns:
            An array of the input's shape, or a dict of arrays where the model has several inputs.

        Raises:
            CompileError: when the data do not fit the model.
            ValueError: when there is no such output.

        Example:
            >>> step = np.sign(model.gradients(x, y))
            >>> model.predict(x + 0.1 * step)
        """
        if y is None:
            names = list(self._plan.model.output_types)
            chosen = names[0] if output is None and len(names) == 1 else output
            if chosen not in names:
                raise ValueError(f"`output` has to be one of {', '.join(names)}")
            where = (place,) if isinstance(place, int) else place
            batch = self.held.on_host(inputs(self._plan, x))
            found = gradients.of_output(self._executions.of(), self.state, batch, chosen, where)
        else:
            batch = self.held.on_host(examples(self._plan, x, y))
            found = gradients.of_loss(self._executions.of(), self.state, batch)
        return _plain(found) if len(batch.inputs) == 1 else dict(found)

    def reset_states(self, batch_size: int | None = None) -> None:
        """Let stateful layers begin with zeros, for batches of the spec's size or of another one.

        ``fit``, ``evaluate`` and ``predict`` begin with zeros in any case.
        """
        self.held.state = self._executions.of(batch_size).forget(self.state)

    # Looking and keeping

    @property
    def state(self) -> TrainState:
        """Weights, layer state and optimizer state."""
        return self.held.state

    @property
    def weights(self) -> Mapping[str, Mapping[str, np.ndarray]]:
        """Copies of the parameters, by layer and name."""
        return self.held.weights

    def set_weights(self, weights: Mapping[str, Mapping[str, Given]]) -> None:
        """Put parameters in place of those of the same layer and name.

        Raises:
            ValueError: when the model has no such parameter, or it has another shape.
        """
        self.held.set_weights(weights)

    def summary(self, width: int = 100) -> None:
        """Print a table of the layers."""
        print(summary_text(self.compiled, width))  # noqa: T201

    def to_yaml(self) -> str:
        """The spec, with variables resolved and defaults left out."""
        return to_yaml(self._plan.resolved)

    def to_python(self) -> str:
        """The model as plain JAX, without kc."""
        return to_python(self.compiled)

    def save(self, path: str | Path) -> None:
        """Write spec, weights and optimizer state to an HDF5 file that ``kc.load`` reads."""
        model_file.save(Path(path), self._plan, self.state)


def _plain(outputs: Mapping[str, np.ndarray]) -> Any:
    """The array of an only output, or all by name."""
    return next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)

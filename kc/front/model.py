"""A model to train, measure and ask from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from kc.compiler.passes.check_callbacks import check_given
from kc.compiler.pipeline import Compiled, Options, compile
from kc.compiler.plan.execution import Batches, Execution, TrainState
from kc.compiler.plan.plan import plan
from kc.compiler.source.files import read_file
from kc.compiler.source.reader import decode
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import Report, failure
from kc.core.events import EpochEnd, Logs
from kc.core.program import LossCall, TrainingProgram
from kc.emit.python import to_python
from kc.emit.summary import summary_text
from kc.interop.initial import load as load_initial
from kc.library.callback import Callback
from kc.library.callbacks.progress import Progress
from kc.runtime import gradients, model_file, provenance
from kc.runtime.data.arrays import from_arrays
from kc.runtime.data.drawn import prepare_inputs
from kc.runtime.data.host import all_on_host, on_host
from kc.runtime.data.job import examples as examples_of_spec
from kc.runtime.data.job import placed
from kc.runtime.data.sizes import prepare_examples
from kc.runtime.data.split import Splits, split
from kc.runtime.data.weights import sample_weights
from kc.runtime.device import set_up
from kc.runtime.fitting import fitted
from kc.runtime.loop import Loop, NotFiniteError, measure, on_device, require
from kc.runtime.predict import predict, predict_batch
from kc.runtime.run_folder import to_yaml
from kc.schemas.data import Split

ArrayLike = Any
"""An array, a list of arrays in the order of the model, or arrays by name."""


@dataclass(frozen=True, slots=True)
class History:
    """What the epochs of one ``fit`` logged."""

    epoch: list[int] = field(default_factory=list[int])
    history: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Values by log name, one per epoch."""
    stopped: str | None = None
    """Why training ended before its last epoch, if it did."""

    def add(self, event: EpochEnd) -> None:
        self.epoch.append(event.epoch)
        for name, value in event.logs.items():
            self.history.setdefault(name, []).append(value)


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
        self.compiled = compiled
        self._plan = plan(compiled)
        self._folder = folder
        self._state: TrainState | None = None
        self._executions: dict[object, Execution] = {}
        self._epochs_done = 0

    # Training

    def fit(
        self,
        x: ArrayLike = None,
        y: ArrayLike = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[ArrayLike, ...] | None = None,
        sample_weight: ArrayLike = None,
        class_weight: Mapping[int, float] | None = None,
        callbacks: Sequence[Callback] = (),
        shuffle: bool | None = None,
        verbose: bool = True,
    ) -> History:
        """Train on arrays, or on the data of the spec where none are given.

        Args:
            x: inputs.
            y: targets.
            epochs: passes over the data; the spec's by default.
            batch_size: examples per step; the spec's by default.
            validation_split: part at the end of the arrays that measures each epoch.
            validation_data: inputs and targets, and weights if any, that measure each epoch.
            sample_weight: how much each example counts, for all outputs or by output.
            class_weight: how much examples of a class count; instead of the spec's.
            callbacks: beside those of the spec. Files that they write go to the current folder.
            shuffle: whether each epoch has its own order; as the spec says by default.
            verbose: whether to print a line per epoch.

        Returns:
            What the epochs logged.

        Raises:
            CompileError: when the data do not fit the model, or a loss is not finite.
        """
        data = self._training_data(x, y, sample_weight, validation_split, validation_data)
        check_given(callbacks, self.compiled.spec, self.compiled.graph)
        require([*self._plan.callbacks, *callbacks])
        self._fit_layers(data.train)
        data = all_on_host(self._plan.model, data)
        execution = self._execution(batch_size, class_weight)
        shuffle = self._plan.shuffle if shuffle is None else shuffle
        if shuffle and self._plan.model.memory:
            raise failure(
                codes.ORDER_LOST,
                "the model is stateful, so rows have to keep their order",
                help="leave out `shuffle=True`",
            )
        loop = Loop(
            execution,
            execution.forget(self.state),
            data.train,
            data.validation,
            epochs=self._plan.epochs if epochs is None else epochs,
            seed=self._plan.seed,
            shuffle=shuffle,
            callbacks=[*self._plan.callbacks, *callbacks, *([Progress()] if verbose else [])],
            epochs_before=self._epochs_done,
        )
        history = History()
        self._state = None  # donated to the loop
        try:
            for event in loop.events():
                if isinstance(event, EpochEnd):
                    history.add(event)
        except NotFiniteError as error:
            explained = provenance.explain(loop, error.step)
            loop.state = jax.device_put(loop.anchor.state)
            raise explained from None
        finally:
            self._state = loop.state
            self._epochs_done += len(history.epoch)
        return replace(history, stopped=loop.position.stopped)

    def adapt(self, x: ArrayLike) -> None:
        """Find the fields of layers that are fitted to data, without training.

        What was found before, or given in the spec, stays. ``fit`` does this first.

        Raises:
            CompileError: when the data do not fit the model, or a layer cannot be fitted to them.
        """
        self._fit_layers(self._inputs(x))

    def train_on_batch(
        self, x: ArrayLike, y: ArrayLike = None, sample_weight: ArrayLike = None
    ) -> Logs:
        """One training step on one batch; its loss and metrics before the update.

        Stateful layers go on from the batch before.

        Raises:
            CompileError: when the data do not fit the model, or stateful layers remember a batch of
                another size.
        """
        batch = self._on_host(self._examples(x, y, sample_weight))
        execution = self._execution(len(batch))
        state = self._going_on(len(batch))
        self._state = None  # donated to the step
        self._state = execution.train_on_batch(state, self._whole(batch), self._plan.seed)
        return execution.logs(self.state.sums)

    # Measuring and asking

    def evaluate(
        self,
        x: ArrayLike = None,
        y: ArrayLike = None,
        *,
        sample_weight: ArrayLike = None,
        batch_size: int | None = None,
    ) -> Logs:
        """Loss and metrics, on arrays or on the test data of the spec."""
        if x is None:
            data = examples_of_spec(self._plan, self._folder)
            chosen = data.test or data.validation or data.train
        else:
            chosen = self._examples(x, y, sample_weight)
        chosen = self._on_host(chosen)
        return measure(self._execution(batch_size), self.state, chosen)

    def predict(self, x: ArrayLike, *, batch_size: int | None = None) -> Any:
        """Outputs for inputs: an array, or a dict of arrays where the model has several outputs."""
        ready = self._on_host(self._inputs(x))
        size = batch_size or self._plan.batch_size
        return _plain(predict(self._execution(None), self.state, ready, size))

    def predict_on_batch(self, x: ArrayLike) -> Any:
        """Outputs for one batch, as ``predict`` gives them. Stateful layers go on from the batch
        before.

        Raises:
            CompileError: when the data do not fit the model, or stateful layers remember a batch of
                another size.
        """  # noqa: D205
        batch = self._on_host(self._inputs(x))
        outputs, self._state = predict_batch(
            self._execution(None), self._going_on(len(batch)), batch
        )
        return _plain(outputs)

    def gradients(
        self,
        x: ArrayLike,
        y: ArrayLike = None,
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
            batch = self._on_host(self._inputs(x))
            found = gradients.of_output(self._execution(None), self.state, batch, chosen, where)
        else:
            batch = self._on_host(self._examples(x, y))
            found = gradients.of_loss(self._execution(None), self.state, batch)
        return _plain(found) if len(batch.inputs) == 1 else dict(found)

    def reset_states(self, batch_size: int | None = None) -> None:
        """Let stateful layers begin with zeros, for batches of the spec's size or of another one.

        ``fit``, ``evaluate`` and ``predict`` begin with zeros in any case.
        """
        self._state = self._execution(batch_size).forget(self.state)

    # Looking and keeping

    @property
    def state(self) -> TrainState:
        """Weights, layer state and optimizer state."""
        if self._state is None:
            self._read_initial()
            self._state = self._execution(None).fresh_state()
        return self._state

    @property
    def weights(self) -> Mapping[str, Mapping[str, np.ndarray]]:
        """Copies of the parameters, by layer and name."""
        return jax.device_get(self.state.params)

    def set_weights(self, weights: Mapping[str, Mapping[str, ArrayLike]]) -> None:
        """Put parameters in place of those of the same layer and name.

        Raises:
            ValueError: when the model has no such parameter, or it has another shape.
        """
        params = {scope: dict(arrays) for scope, arrays in self.weights.items()}
        for scope, arrays in weights.items():
            for name, array in arrays.items():
                value = np.asarray(array, np.float32)
                if name not in params.get(scope, {}):
                    raise ValueError(f"the model has no parameter {scope}/{name}")
                shape = params[scope][name].shape
                if value.shape != shape:
                    raise ValueError(f"{scope}/{name} has the shape {shape}, not {value.shape}")
                params[scope][name] = value
        self._state = self.state._replace(params=jax.device_put(params))

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

    # Insides

    def _going_on(self, batch_size: int) -> TrainState:
        """The state, in which stateful layers remember as many rows as the next batch has."""
        remembered = [self.state.layers[scope] for scope in self._plan.model.memory]
        rows = {len(array) for arrays in remembered for array in arrays.values()}
        if rows - {batch_size}:
            raise failure(
                codes.OTHER_BATCH_SIZE,
                f"stateful layers remember {max(rows)} rows, the batch has {batch_size}",
                help=f"`model.reset_states(batch_size={batch_size})` begins anew with such batches",
            )
        return self.state

    def _execution(
        self, batch_size: int | None, class_weight: Mapping[int, float] | None = None
    ) -> Execution:
        """Compiled functions for a size of batches; kept, because compiling takes time."""
        size = batch_size or self._plan.batch_size
        weights = None if class_weight is None else tuple(sorted(class_weight.items()))
        if (size, weights) not in self._executions:
            plan = replace(self._plan, batch_size=size)
            if weights is not None:
                plan = replace(plan, training=_with_class_weights(plan.trained(), weights))
            self._executions[size, weights] = Execution(plan)
        return self._executions[size, weights]

    def _read_initial(self) -> None:
        """Read the files that the spec names for first values of weights."""
        found = load_initial(self.compiled.graph, self._folder)
        if found:
            self._plan = replace(self._plan, initial=found)
            self._executions.clear()

    def _fit_layers(self, examples: Examples) -> None:
        if self._state is None:
            self._read_initial()
        plan = fitted(self._plan, examples.inputs, self._state)
        if plan is not self._plan:
            self.compiled, self._plan = plan.compiled, plan
            self._executions.clear()

    def _on_host(self, examples: Examples) -> Examples:
        """Examples as the device takes them."""
        self.compiled.need_fitted()
        return on_host(self._plan.model, examples)

    def _inputs(self, x: ArrayLike) -> Examples:
        model = self._plan.model
        names = model.given if isinstance(x, Mapping) else model.taught
        given = placed(lambda: from_arrays(x, None, list(names), []))
        return placed(lambda: prepare_inputs(self._plan, given))

    def _examples(self, x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike = None) -> Examples:
        self._plan.trained()
        inputs, losses = self._plan.model.taught, self._plan.losses
        given = placed(lambda: from_arrays(x, y, list(inputs), list(losses)))
        ready = placed(lambda: prepare_examples(self._plan, given))
        entries = {name: loss for name, (loss, _) in losses.items()}
        weights = placed(lambda: sample_weights(sample_weight, entries, len(ready)))
        return replace(ready, weights=weights)

    def _whole(self, batch: Examples) -> Batches:
        return on_device(batch)._replace(order=jax.numpy.arange(len(batch)))

    def _training_data(
        self,
        x: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike,
        validation_split: float,
        validation_data: tuple[ArrayLike, ...] | None,
    ) -> Splits:
        self._plan.trained()
        if x is None:
            data = examples_of_spec(self._plan, self._folder)
        else:
            parts = Split(validation=validation_split, shuffle=False)
            given = self._examples(x, y, sample_weight)
            data = placed(lambda: split(given, parts))
        if validation_data is not None:
            data = replace(data, validation=self._examples(*validation_data))
        return data


def _plain(outputs: Mapping[str, np.ndarray]) -> Any:
    """The array of an only output, or all by name."""
    return next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)


def _with_class_weights(
    training: TrainingProgram, weights: tuple[tuple[int, float], ...]
) -> TrainingProgram:
    def weighted(loss: LossCall) -> LossCall:
        return replace(loss, class_weights=weights) if isinstance(loss.target, str) else loss

    phases = tuple(
        replace(phase, losses=tuple(map(weighted, phase.losses))) for phase in training.phases
    )
    return replace(training, phases=phases)


def load(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    profiles: Sequence[str] = (),
    allow_plugins: bool | None = None,
) -> Model:
    """A model from a spec, or from a file that ``Model.save`` or ``kc train`` wrote.

    Args:
        path: a YAML spec, or an HDF5 file.
        overrides: ``path=value`` changes to the spec, as ``--set`` takes them.
        profiles: parts of ``profiles`` that are laid over the spec, as ``--profile`` takes them.
        allow_plugins: whether plugins run. By default those of a spec do, and those that a model
            file lists do not: such a file may come from anywhere, and a name in it would choose
            which Python file beside it is run.

    Raises:
        CompileError: when the spec holds errors, or the file is no model of kc.
    """
    path = Path(path)
    if path.suffix in {".h5", ".hdf5"}:
        text = to_yaml(model_file.read_spec(path))
        plugins = path.parent if allow_plugins else None
        compiled = compile(decode(str(path), text.encode()), overrides, Report(), plugins)
        model = Model(compiled, path.parent)
        model._state = model_file.load_state(path, model._execution(None))  # pyright: ignore[reportPrivateUsage]
        return model
    plugins = None if allow_plugins is False else path.parent
    options = Options(overrides, profiles, path.parent)
    return Model(compile(read_file(str(path)), options, Report(), plugins), path.parent)

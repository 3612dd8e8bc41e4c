"""The compiled functions of a plan: what runs on the device.

A step takes its rows by number from examples on the device: all of them, so that a whole epoch
needs one array of row numbers, or those of some steps. State is donated, sums are kept on the
device, and the last short batch is padded and masked: nothing compiles twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kc.compiler.lower import bind, metrics, objective, update
from kc.compiler.lower.stack import is_stacked, scanning, scanning_training, stack, unstack
from kc.compiler.plan.batches import Batch, Batches, Stretch
from kc.compiler.plan.plan import Plan, Strategy, tracing_errors
from kc.compiler.plan.skipping import SKIPPED, skipping
from kc.core.lazy import jax, jnp, lax
from kc.core.program import Program, TrainingProgram
from kc.library.loss_scale import all_finite

if TYPE_CHECKING:
    from jax import Array

Tree = Any
"""A nested container of arrays."""

INIT_STREAM, TRAIN_STREAM = 0, 1
"""Numbers folded into the seed's key for first weights and for training steps."""


class TrainState(NamedTuple):
    """All that a step reads and writes."""

    params: Tree
    layers: Tree
    """State of layers, as moving means."""
    optimizer: Tree
    step: Array
    """Steps done, int32."""
    sums: Tree
    """Losses and metrics of the epoch so far."""
    bad_step: Array
    """First step whose loss was not finite; -1 when there was none."""


Measured = tuple[Tree, Tree]
"""Layer state and sums, between the batches of an evaluation."""


@dataclass(frozen=True)
class Execution:
    """Jitted functions over one plan."""

    plan: Plan

    @cached_property
    def _program(self) -> Program:
        """The model as it runs: the repeats that the plan chose are scans."""
        if self.plan.training is not None:
            return self._training.model
        return scanning(self._chosen(self.plan.model))

    @cached_property
    def _training(self) -> TrainingProgram:
        """The training program as it runs."""
        training = self.plan.trained()
        return scanning_training(replace(training, model=self._chosen(training.model)))

    def _chosen(self, program: Program) -> Program:
        repeats = [own for own in program.repeats if own.scope in self.plan.form.scans]
        return replace(program, repeats=tuple(repeats))

    def _stack(self, tree: Tree) -> Tree:
        return stack(self._program, tree)

    def _unstack(self, tree: Tree) -> Tree:
        return unstack(self._program, tree)

    def _as(self, given: TrainState, state: TrainState) -> TrainState:
        """A stacked state in the layout of a given one."""
        return state if is_stacked(self._program, given.params) else self._unstack(state)

    def pack(self, state: TrainState) -> TrainState:
        """The state as steps want it, with one array for the weights of all iterations.

        Steps take the other layout, too, but compile longer for it. This happens on the host.
        """
        if not self.plan.form.scans or is_stacked(self._program, state.params):
            return state
        return jax.device_put(self._stack(jax.device_get(state)))

    def unpack(self, state: TrainState) -> TrainState:
        """The state with arrays for each layer, as everything but training steps wants it."""
        if not is_stacked(self._program, state.params):
            return state
        return jax.device_put(self._unstack(jax.device_get(state)))

    # State

    def fresh_state(self) -> TrainState:
        """The state before the first step: weights follow from the plan's seed."""
        with tracing_errors():
            return self._fresh_state(self.plan.seed, self.plan.initial)

    @cached_property
    def _fresh_state(self) -> Any:
        return jax.jit(self.make_state)

    def make_state(self, seed: Array, initial: Tree) -> TrainState:
        """The state before the first step, as a function to trace."""
        key = jax.random.fold_in(jax.random.key(seed), INIT_STREAM)
        fresh = bind.init(self.plan.model, key, self.plan.batch_size)
        params, layers = (bind.begin_with(initial, weights) for weights in fresh)
        training = self.plan.training
        return TrainState(
            params=params,
            layers=layers,
            optimizer=update.first_memory(training, params) if training else {},
            step=jnp.zeros((), jnp.int32),
            sums=self._first_sums() if training else {},
            bad_step=jnp.full((), -1, jnp.int32),
        )

    def state_shapes(self) -> TrainState:
        """The state with shapes in place of arrays."""
        return jax.eval_shape(self.make_state, 0, {})

    def _first_sums(self) -> Tree:
        skipped = {SKIPPED: jnp.zeros(())} if self.plan.remedy.skips else {}
        return {**self._zero_sums(), **skipped}

    def _zero_sums(self) -> Tree:
        training = self.plan.trained()
        zero = jnp.zeros(())
        return {
            "losses": dict.fromkeys(self.loss_names, zero),
            "examples": zero,
            "metrics": metrics.zero_sums(training),
        }

    @cached_property
    def loss_names(self) -> Sequence[str]:
        """Names of the logged losses, the total first."""
        training = self.plan.trained()
        phases = [phase.log_name for phase in training.phases]
        return tuple(dict.fromkeys(["loss", *phases, *(call.log_name for call in training.losses)]))

    # Training

    def train(self, state: TrainState, stretch: Stretch, seed: int) -> TrainState:
        """Run some steps of an epoch. The given state is used up."""
        first, stop, batches = stretch
        with tracing_errors():
            if self.plan.strategy is Strategy.FUSED:
                return self._train_fused(state, batches, first, stop, seed)
            for number in range(first, stop):
                state = self._train_single(state, batches, number, seed)
            return state

    @cached_property
    def _train_fused(self) -> Any:
        return jax.jit(self.run_steps, donate_argnums=0)

    @cached_property
    def _train_single(self) -> Any:
        return jax.jit(self.run_step, donate_argnums=0)

    def run_steps(
        self, state: TrainState, batches: Batches, first: Array, stop: Array, seed: Array
    ) -> TrainState:
        """Some steps of an epoch as a loop on the device, as a function to trace."""

        def body(i: Array, state: TrainState) -> TrainState:
            return self._step(state, batches, i, seed)

        return self._as(state, lax.fori_loop(first, stop, body, self._stack(state)))

    def run_step(
        self, state: TrainState, batches: Batches, number: Array, seed: Array
    ) -> TrainState:
        """One step of an epoch, as a function to trace."""
        return self._as(state, self._step(self._stack(state), batches, number, seed))

    def _step(self, state: TrainState, batches: Batches, number: Array, seed: Array) -> TrainState:
        """One training step: the batch with this number of the epoch."""
        stream = jax.random.fold_in(jax.random.key(seed), TRAIN_STREAM)
        state = state._replace(layers=self.begun(state.layers, number))
        return self.update(state, self.batch(batches, number), stream, number == 0)

    def begun(self, layers: Tree, number: Array | int) -> Tree:
        """The layer state that the batch with this number of an epoch finds."""
        model = self.plan.model
        if not model.memory:
            return layers
        forgotten = bind.forget(model, layers, self.plan.batch_size)
        return jax.tree.map(lambda new, old: jnp.where(number == 0, new, old), forgotten, layers)

    def forget(self, state: TrainState) -> TrainState:
        """The state with nothing remembered of batches before, for batches of the plan's size."""
        layers = bind.forget(self.plan.model, state.layers, self.plan.batch_size)
        return state._replace(layers=layers)

    def train_on_batch(self, state: TrainState, batch: Batches, seed: int) -> TrainState:
        """One step that goes on from what layers remember. The given state is used up."""
        with tracing_errors():
            return self._train_on_batch(state, batch, seed)

    @cached_property
    def _train_on_batch(self) -> Any:
        def run(state: TrainState, batch: Batches, seed: Array) -> TrainState:
            stream = jax.random.fold_in(jax.random.key(seed), TRAIN_STREAM)
            one = self.batch(batch, jnp.int32(0))
            new = self.update(self._stack(state), one, stream, jnp.bool_(True))
            return self._as(state, new)

        return jax.jit(run, donate_argnums=0)

    def update(
        self, state: TrainState, batch: Batch, stream: Array, begins_epoch: Array
    ) -> TrainState:
        """Loss, gradient, update and sums of one batch; the state is stacked."""
        inputs, targets, weights, valid = batch
        turn, found = update.step(
            self._training,
            update.Turn(state.params, state.layers, state.optimizer),
            inputs,
            targets,
            valid,
            key=jax.random.fold_in(stream, state.step),
            weights=weights,
        )
        bad = (state.bad_step < 0) & ~jnp.isfinite(found.total)
        new = TrainState(
            params=turn.params,
            layers=turn.state,
            optimizer=turn.memory,
            step=state.step + 1,
            sums=self._add(state.sums, found, batch, begins_epoch, train=True),
            bad_step=jnp.where(bad, state.step, state.bad_step),
        )
        if not self.plan.remedy.skips:
            return new
        return skipping(state, new, all_finite((found.total, turn)), begins_epoch)

    def finished(self, state: TrainState) -> TrainState:
        """The state that training leaves behind; the optimizer may have other weights for it."""
        # Copied: a step uses up its state, in which no array may stand twice.
        return state._replace(params=jax.tree.map(jnp.copy, self.averaged(state).params))

    def averaged(self, state: TrainState) -> TrainState:
        """The state to look at with averages of weights where an optimizer makes them.

        It shares them with the given one, so no step may take it.
        """
        params = update.finished(self.plan.trained(), state.optimizer, state.params)
        return state._replace(params=params)

    def _add(
        self, sums: Tree, found: update.Found, batch: Batch, begins_epoch: Array, *, train: bool
    ) -> Tree:
        """Sums with one batch added; an epoch begins with zeros."""
        training = self.plan.trained()
        given, valid = batch.weights, batch.valid
        targets = update.likeliest(training, found.targets) if train else found.targets
        sums = jax.tree.map(lambda s: jnp.where(begins_epoch, jnp.zeros_like(s), s), sums)
        examples = jnp.sum(valid)
        # The loss of an only output has the name of the total, which holds penalties, too.
        means = {**found.losses, "loss": found.total}
        weights = {
            call.output: objective.weights_of(call, targets, given, train)
            for call in training.losses
            if isinstance(call.target, str)
        }
        return {
            "losses": {n: s + means[n] * examples for n, s in sums["losses"].items()},
            "examples": sums["examples"] + examples,
            "metrics": metrics.update_metrics(
                training, sums["metrics"], found.outputs, targets, valid, weights
            ),
        }

    def batch(self, batches: Batches, number: Array) -> Batch:
        """The batch with this number of the epoch."""
        # What is streamed comes batch by batch, each as large as it is.
        streamed = self.plan.form.streamed
        size = batches.order.shape[0] if streamed else self.plan.batch_size
        start = (number - batches.first) * size
        rows = lax.dynamic_slice(batches.order, (start,), (size,))
        valid = (start + jnp.arange(size) < batches.size).astype(jnp.float32)
        data = (batches.inputs, batches.targets, batches.weights)
        inputs, targets, weights = jax.tree.map(lambda a: a[rows], data)
        return Batch(inputs, targets, weights, valid)

    # Evaluation

    def begin(self, state: TrainState) -> Measured:
        """Layer state and sums before the first batch, as a function to trace."""
        return self.forget(state).layers, self._zero_sums()

    def evaluate(self, state: TrainState, stretches: Iterable[Stretch]) -> Tree:
        """Sums of losses and metrics over all batches, without training."""
        found = (self.forget(state).layers, self._fresh_sums)
        with tracing_errors():
            for first, stop, batches in stretches:
                if self.plan.strategy is Strategy.FUSED:
                    found = self._evaluate_fused(state.params, batches, found, first, stop)
                else:
                    for number in range(first, stop):
                        found = self._evaluate_single(state.params, batches, found, number)
        return found[1]

    @cached_property
    def _fresh_sums(self) -> Tree:
        return self._zero_sums()

    @cached_property
    def _evaluate_fused(self) -> Any:
        return jax.jit(self.measure_steps)

    @cached_property
    def _evaluate_single(self) -> Any:
        return jax.jit(self.measure_step)

    def measure_steps(
        self, params: Tree, batches: Batches, found: Measured, first: Array, stop: Array
    ) -> Measured:
        """Layer state and sums after some more batches, as a function to trace."""
        params, found = self._stack(params), (self._stack(found[0]), found[1])

        def body(i: Array, found: Measured) -> Measured:
            return self._evaluate_step(params, batches, found, i)

        layers, sums = lax.fori_loop(first, stop, body, found)
        return self._unstack(layers), sums

    def measure_step(
        self, params: Tree, batches: Batches, found: Measured, number: Array
    ) -> Measured:
        """Layer state and sums after one more batch, as a function to trace."""
        params, found = self._stack(params), (self._stack(found[0]), found[1])
        layers, sums = self._evaluate_step(params, batches, found, number)
        return self._unstack(layers), sums

    def _evaluate_step(
        self, params: Tree, batches: Batches, found: Measured, number: Array
    ) -> Measured:
        """Layer state and sums after one more batch."""
        layers, sums = found
        batch = self.batch(batches, number)
        inputs, targets, weights, valid = batch
        layers, measured = update.measure(
            self._training,
            update.Turn(params, layers, {}),
            inputs,
            targets,
            valid,
            key=jax.random.fold_in(jax.random.key(self.plan.seed), number),
            weights=weights,
        )
        return layers, self._add(sums, measured, batch, number == 0, train=False)

    def logs(self, sums: Tree) -> dict[str, float]:
        """Loss and metrics that sums give, the loss first. Waits for the device."""
        found = jax.device_get(self._logs(sums))
        skipped = {SKIPPED: float(sums[SKIPPED])} if SKIPPED in sums else {}
        return {name: float(found[name]) for name in self.log_names} | skipped

    @cached_property
    def log_names(self) -> Sequence[str]:
        """Names of losses and metrics in their order: JAX sorts the keys of a map."""
        metrics = (call.log_name for call in self.plan.trained().metrics)
        return tuple(dict.fromkeys([*self.loss_names, *metrics]))

    @cached_property
    def _logs(self) -> Any:
        return jax.jit(self.read_logs)

    def read_logs(self, sums: Tree) -> Tree:
        """Loss and metrics that sums give, as a function to trace."""
        examples = jnp.maximum(sums["examples"], 1.0)
        means = {name: total / examples for name, total in sums["losses"].items()}
        return {**means, **metrics.metric_results(self.plan.trained(), sums["metrics"])}

    # Prediction

    def predict(self, params: Tree, layers: Tree, inputs: Tree) -> tuple[Mapping[str, Array], Tree]:
        """Outputs of one batch, and the layer state after it."""
        with tracing_errors():
            return self._predict(params, layers, inputs)

    @cached_property
    def _predict(self) -> Any:
        def run(params: Tree, layers: Tree, inputs: Tree) -> tuple[Mapping[str, Array], Tree]:
            params, layers = self._stack(params), self._stack(layers)
            outputs, layers = bind.apply(self._program, params, layers, inputs)
            return outputs, self._unstack(layers)

        return jax.jit(run)

"""The compiled functions of a plan: what runs on the device.

Data stay on the device; a step takes its rows by number, so a whole epoch needs one array of row
numbers. State is donated, sums are kept on the device, and the last short batch is padded and
masked: nothing compiles twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kc.compiler.lower import bind
from kc.compiler.plan.plan import Plan, Strategy, tracing_errors
from kc.core.lazy import jax, jnp, lax

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


class Batches(NamedTuple):
    """Examples on the device and the order in which steps take them."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    order: Array
    """Row numbers, padded to whole batches, int32."""
    weights: Mapping[str, Array] = {}
    """How much examples count, by output; empty where all count the same."""


class Batch(NamedTuple):
    """The examples of one step."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    weights: Mapping[str, Array]
    valid: Array
    """(batch,) 0 for examples that only pad the batch."""


@dataclass(frozen=True)
class Execution:
    """Jitted functions over one plan."""

    plan: Plan

    # State

    def fresh_state(self) -> TrainState:
        """The state before the first step: weights follow from the plan's seed."""
        with tracing_errors():
            return self._fresh_state(self.plan.seed)

    @cached_property
    def _fresh_state(self) -> Any:
        return jax.jit(self._make_state)

    def _make_state(self, seed: Array) -> TrainState:
        key = jax.random.fold_in(jax.random.key(seed), INIT_STREAM)
        params, layers = bind.init(self.plan.model, key)
        training = self.plan.training
        return TrainState(
            params=params,
            layers=layers,
            optimizer=bind.optimizer(training).init(bind.trained(training, params))
            if training
            else (),
            step=jnp.zeros((), jnp.int32),
            sums=self._zero_sums() if training else {},
            bad_step=jnp.full((), -1, jnp.int32),
        )

    def state_shapes(self) -> TrainState:
        """The state with shapes in place of arrays."""
        return jax.eval_shape(self._make_state, 0)

    def _zero_sums(self) -> Tree:
        training = self.plan.trained()
        names = ["loss", *(call.log_name for call in training.losses)]
        zero = jnp.zeros(())
        return {
            "losses": dict.fromkeys(names, zero),
            "examples": zero,
            "metrics": bind.zero_sums(training),
        }

    # Training

    def train(
        self, state: TrainState, batches: Batches, first: int, stop: int, seed: int
    ) -> TrainState:
        """Run the steps ``first`` up to ``stop`` of an epoch. The given state is used up."""
        with tracing_errors():
            if self.plan.strategy is Strategy.FUSED:
                return self._train_fused(state, batches, first, stop, seed)
            for number in range(first, stop):
                state = self._train_single(state, batches, number, seed)
            return state

    @cached_property
    def _train_fused(self) -> Any:
        def run(state: TrainState, batches: Batches, first: Array, stop: Array, seed: Array) -> Any:
            return lax.fori_loop(first, stop, lambda i, s: self._step(s, batches, i, seed), state)

        return jax.jit(run, donate_argnums=0)

    @cached_property
    def _train_single(self) -> Any:
        return jax.jit(self._step, donate_argnums=0)

    def _step(self, state: TrainState, batches: Batches, number: Array, seed: Array) -> TrainState:
        """One training step: the batch with this number of the epoch."""
        stream = jax.random.fold_in(jax.random.key(seed), TRAIN_STREAM)
        return self.update(state, self.batch(batches, number), stream, number == 0)

    def update(
        self, state: TrainState, batch: Batch, stream: Array, begins_epoch: Array
    ) -> TrainState:
        """Loss, gradient, update and sums of one batch."""
        training = self.plan.trained()

        def loss(params: Tree) -> Any:
            key = jax.random.fold_in(stream, state.step)
            inputs, targets, weights, valid = batch
            return bind.loss(
                training, params, state.layers, inputs, targets, valid, key=key, weights=weights
            )

        (total, (outputs, layers, found)), gradients = jax.value_and_grad(loss, has_aux=True)(
            state.params
        )
        params, optimizer = bind.update(training, gradients, state.optimizer, state.params)
        bad = (state.bad_step < 0) & ~jnp.isfinite(total)
        return TrainState(
            params=params,
            layers=layers,
            optimizer=optimizer,
            step=state.step + 1,
            sums=self._add(state.sums, total, found, outputs, batch, begins_epoch, train=True),
            bad_step=jnp.where(bad, state.step, state.bad_step),
        )

    def finished(self, state: TrainState) -> TrainState:
        """The state that training leaves behind; the optimizer may have other weights for it."""
        params = bind.finished(self.plan.trained(), state.optimizer, state.params)
        # Copied: a step uses up its state, in which no array may stand twice.
        return state._replace(params=jax.tree.map(jnp.copy, params))

    def _add(
        self, sums: Tree, total: Array, found: Mapping[str, Array], outputs: Tree, batch: Batch,
        begins_epoch: Array, *, train: bool,
    ) -> Tree:  # fmt: skip
        """Sums with one batch added; an epoch begins with zeros."""
        training = self.plan.trained()
        _, targets, given, valid = batch
        sums = jax.tree.map(lambda s: jnp.where(begins_epoch, jnp.zeros_like(s), s), sums)
        examples = jnp.sum(valid)
        # The loss of an only output has the name of the total, which holds penalties, too.
        means = {**found, "loss": total}
        weights = {
            call.output: bind.weights_of(call, targets, given, train) for call in training.losses
        }
        return {
            "losses": {n: s + means[n] * examples for n, s in sums["losses"].items()},
            "examples": sums["examples"] + examples,
            "metrics": bind.update_metrics(
                training, sums["metrics"], outputs, targets, valid, weights
            ),
        }

    def batch(self, batches: Batches, number: Array) -> Batch:
        """The batch with this number."""
        size = self.plan.batch_size
        examples = len(next(iter(batches.inputs.values())))
        rows = lax.dynamic_slice(batches.order, (number * size,), (size,))
        valid = (number * size + jnp.arange(size) < examples).astype(jnp.float32)
        data = (batches.inputs, batches.targets, batches.weights)
        inputs, targets, weights = jax.tree.map(lambda a: a[rows], data)
        return Batch(inputs, targets, weights, valid)

    # Evaluation

    def evaluate(self, state: TrainState, batches: Batches, steps: int) -> Tree:
        """Sums of losses and metrics over all batches, without training."""
        with tracing_errors():
            sums = self._fresh_sums
            if self.plan.strategy is Strategy.FUSED:
                return self._evaluate_fused(state.params, state.layers, batches, sums, steps)
            for number in range(steps):
                sums = self._evaluate_single(state.params, state.layers, batches, sums, number)
            return sums

    @cached_property
    def _fresh_sums(self) -> Tree:
        return self._zero_sums()

    @cached_property
    def _evaluate_fused(self) -> Any:
        def run(params: Tree, layers: Tree, batches: Batches, sums: Tree, steps: Array) -> Tree:
            def body(i: Array, sums: Tree) -> Tree:
                return self._evaluate_step(params, layers, batches, sums, i)

            return lax.fori_loop(0, steps, body, sums)

        return jax.jit(run)

    @cached_property
    def _evaluate_single(self) -> Any:
        return jax.jit(self._evaluate_step)

    def _evaluate_step(
        self, params: Tree, layers: Tree, batches: Batches, sums: Tree, number: Array
    ) -> Tree:
        batch = self.batch(batches, number)
        inputs, targets, weights, valid = batch
        total, (outputs, _, found) = bind.loss(
            self.plan.trained(),
            params,
            layers,
            inputs,
            targets,
            valid,
            train=False,
            weights=weights,
        )
        return self._add(sums, total, found, outputs, batch, number == 0, train=False)

    def logs(self, sums: Tree) -> dict[str, float]:
        """Loss and metrics that sums give, the loss first. Waits for the device."""
        training = self.plan.trained()
        found = jax.device_get(self._logs(sums))
        # JAX sorts the keys of a map.
        names = [call.log_name for call in (*training.losses, *training.metrics)]
        return {name: float(found[name]) for name in dict.fromkeys(["loss", *names])}

    @cached_property
    def _logs(self) -> Any:
        def read(sums: Tree) -> Tree:
            examples = jnp.maximum(sums["examples"], 1.0)
            means = {name: total / examples for name, total in sums["losses"].items()}
            return {**means, **bind.metric_results(self.plan.trained(), sums["metrics"])}

        return jax.jit(read)

    # Prediction

    def predict(self, params: Tree, layers: Tree, inputs: Tree) -> Mapping[str, Array]:
        """Outputs of one batch."""
        with tracing_errors():
            return self._predict(params, layers, inputs)

    @cached_property
    def _predict(self) -> Any:
        return jax.jit(lambda p, s, x: bind.apply(self.plan.model, p, s, x)[0])

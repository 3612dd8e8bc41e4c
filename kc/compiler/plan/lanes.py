"""The compiled functions of several runs of one program, side by side.

Each run has a lane: an entry on the first axis of all arrays of the state. Whatever the number of
runs, there is one program of so many lanes; lanes that nobody needs repeat another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kc.compiler.lower.varied import Varied
from kc.compiler.plan.batches import Batches, Stretch
from kc.compiler.plan.execution import Execution, Measured, TrainState, Tree
from kc.compiler.plan.plan import Plan, Strategy, tracing_errors
from kc.core.lazy import jax, jnp, lax, np
from kc.library.loss_scale import all_finite

if TYPE_CHECKING:
    from jax import Array

WIDTH_ON_CPU = 8
"""More lanes gain nothing there: 28 epochs of 16 runs of the digits example took 2.2 s of its time
with one lane, 1.6 s with 4 or 8, and 1.8 s with 16."""
WIDTH = 64
"""Lanes on other devices, which have room to compute many small steps at once."""
LARGE_STEP = 2e8
"""Floating-point operations of a step that keep a CPU busy by themselves."""


class Own(NamedTuple):
    """What tells the runs in some lanes apart."""

    seeds: Array
    """uint32 (lanes,)."""
    numbers: Array
    """Of the program, float32 (lanes, knobs)."""


class Look(NamedTuple):
    """What the host wants to know of each lane after an epoch."""

    logs: Mapping[str, np.ndarray]
    step: np.ndarray
    bad_step: np.ndarray
    """First step whose loss was not finite; -1 when there was none."""
    is_finite: np.ndarray
    """Whether all weights are."""


SHARED: Any = Batches(None, None, None, None, None, None)  # pyright: ignore[reportArgumentType]
"""Axes of batches that all lanes take."""


@dataclass(frozen=True)
class Lanes:
    """Jitted functions over some lanes."""

    plan: Plan
    """One of the runs."""
    varied: Varied
    """The programs of all runs."""
    width: int

    def own(self, seeds: np.ndarray, values: np.ndarray) -> Own:
        """The settings of lanes, on the device."""
        # Weakly typed, as the numbers of a spec are: beside halves they must not make floats.
        return Own(jnp.asarray(seeds), jnp.full(values.shape, 0.0).at[:].set(values))

    def _execution(self, seed: Array, numbers: Array) -> Execution:
        """The functions of one lane."""
        training = self.varied.at(numbers)
        model: Any = training.model
        own: Any = seed
        return Execution(replace(self.plan, training=training, model=model, seed=own))

    @cached_property
    def log_names(self) -> Sequence[str]:
        """Names of losses and metrics in their order."""
        return Execution(self.plan).log_names

    @cached_property
    def _is_fused(self) -> bool:
        return self.plan.strategy is Strategy.FUSED

    def _each(self, function: Callable[..., Any], *axes: Any) -> Callable[..., Any]:
        """A function of one lane as that of all, with the axis of lanes first."""
        if self.width > 1:
            return jax.vmap(function, in_axes=axes)

        # Of one lane nothing becomes a batch: grouped convolutions would be slower.
        def only(*arguments: Any) -> Any:
            inside = [
                given if axis is None else _first(given, axis)
                for given, axis in zip(arguments, axes, strict=True)
            ]
            return jax.tree.map(lambda array: array[None], function(*inside))

        return only

    # State

    def fresh_state(self, own: Own) -> TrainState:
        """The states before the first step."""
        with tracing_errors():
            return self._fresh_state(*own, self.plan.initial)

    @cached_property
    def _fresh_state(self) -> Any:
        def make(seeds: Array, numbers: Array, initial: Tree) -> TrainState:
            def one(own: tuple[Array, Array]) -> TrainState:
                return self._execution(*own).make_state(own[0], initial)

            # One lane after another: side by side, drawing took twice as long to compile.
            return lax.map(one, (seeds, numbers))

        return jax.jit(make)

    # Training

    def train(self, state: TrainState, stretches: Iterable[Stretch], own: Own) -> TrainState:
        """Run some steps of an epoch. The given state is used up."""
        with tracing_errors():
            for stretch in stretches:
                for first, stop in self._dispatches(stretch):
                    state = self._train(state, stretch.batches, first, stop, *own)
        return state

    def _dispatches(self, stretch: Stretch) -> Iterable[tuple[int, int]]:
        if self._is_fused:
            return [(stretch.first, stretch.stop)]
        return [(number, number + 1) for number in range(stretch.first, stretch.stop)]

    @property
    def compiled(self) -> int:
        """How often steps were compiled."""
        return self._train._cache_size()

    @cached_property
    def _train(self) -> Any:
        def run(
            state: TrainState, batches: Batches, first: Array, stop: Array, seed: Array, own: Array
        ) -> TrainState:
            execution = self._execution(seed, own)
            if self._is_fused:
                return execution.run_steps(state, batches, first, stop, seed)
            return execution.run_step(state, batches, first, seed)

        each = self._each(run, 0, SHARED._replace(order=0), None, None, 0, 0)
        return jax.jit(each, donate_argnums=0)

    def look(self, state: TrainState) -> Look:
        """What an epoch came to. Waits for the device."""
        return Look(*jax.device_get(self._look(state)))

    @cached_property
    def _look(self) -> Any:
        def read(state: TrainState) -> tuple[Any, ...]:
            logs = Execution(self.plan).read_logs(state.sums)
            return logs, state.step, state.bad_step, all_finite(state.params)

        return jax.jit(jax.vmap(read))

    # Evaluation

    def evaluate(
        self, state: TrainState, stretches: Iterable[Stretch], own: Own
    ) -> Mapping[str, np.ndarray]:
        """Losses and metrics (lanes,) over batches, without training. Waits for the device."""
        with tracing_errors():
            found = self._begin(state)
            for stretch in stretches:
                for first, stop in self._dispatches(stretch):
                    found = self._evaluate(state.params, stretch.batches, found, first, stop, *own)
            return jax.device_get(self._logs(found[1]))

    @cached_property
    def _begin(self) -> Any:
        return jax.jit(jax.vmap(Execution(self.plan).begin))

    @cached_property
    def _evaluate(self) -> Any:
        def run(
            params: Tree,
            batches: Batches,
            found: Measured,
            first: Array,
            stop: Array,
            seed: Array,
            own: Array,
        ) -> Measured:
            execution = self._execution(seed, own)
            if self._is_fused:
                return execution.measure_steps(params, batches, found, first, stop)
            return execution.measure_step(params, batches, found, first)

        return jax.jit(self._each(run, 0, SHARED, 0, None, None, 0, 0))

    @cached_property
    def _logs(self) -> Any:
        return jax.jit(jax.vmap(Execution(self.plan).read_logs))


def _first(tree: Any, axis: Any) -> Any:
    """The arguments of the only lane: the first entry where they have the axis of lanes."""
    if isinstance(axis, Batches):
        assert isinstance(tree, Batches)
        return tree if axis is SHARED else tree._replace(order=tree.order[0])
    return jax.tree.map(lambda array: array[0], tree)


def width_for(plan: Plan, runs: int) -> int:
    """How many lanes train so many runs fastest."""
    on_cpu = jax.default_backend() == "cpu"
    most = WIDTH_ON_CPU if on_cpu else WIDTH
    flops = plan.facts.flops
    step = 3.0 * plan.batch_size * flops if isinstance(flops, int | float) else 0.0
    if on_cpu and (plan.strategy is Strategy.SINGLE or step > LARGE_STEP):
        # Large steps gain nothing there, and convolutions with kernels of their own are slow: four
        # runs of examples/digits_convnet took 2.5 s for an epoch side by side, 1.6 s in turns.
        most = 1
    groups = -(-runs // most)
    return -(-runs // groups)


def in_lane(tree: Tree, lane: int) -> Tree:
    """A copy of what a tree on the host holds of one lane."""
    return jax.tree.map(lambda array: np.array(array[lane]), tree)


def side_by_side(trees: Sequence[Tree]) -> Tree:
    """Trees of arrays on the host as one, on the device, with a lane for each."""
    return jax.device_put(jax.tree.map(lambda *arrays: np.stack(arrays), *trees))

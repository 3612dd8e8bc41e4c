"""How a program is executed: chosen once, printed by ``kc plan``, kept in the run's lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kc.compiler.lower import bind
from kc.compiler.lower.compiled import Compiled
from kc.compiler.passes.facts import Facts
from kc.compiler.passes.objectives import losses
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.lazy import jax, jnp
from kc.core.program import Program, TrainingProgram
from kc.core.span import Span
from kc.core.tree import Path
from kc.core.types import TensorType
from kc.library.callback import Callback
from kc.library.loss import Loss
from kc.schemas.data import Data

if TYPE_CHECKING:
    import numpy as np


class Strategy(StrEnum):
    """How steps reach the device."""

    FUSED = "fused"
    """Many steps in one dispatch, as a loop on the device."""
    SINGLE = "single"
    """One dispatch per step, without waiting for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the runtime needs to know; it never looks at the spec."""

    name: str
    compiled: Compiled
    """What it is a plan of. Layers that are fitted make another one of it."""
    resolved: Mapping[str, Any]
    """The spec as plain data, as checkpoints and run folders keep it."""
    facts: Facts
    model: Program
    training: TrainingProgram | None
    losses: Mapping[str, tuple[Loss, TensorType]]
    """Loss and type of each output, to check targets with."""
    data: Data | None
    place: Callable[[Path, str | None], Span | None]
    """Where a part of the spec, or a word in it, was written."""
    strategy: Strategy
    reason: str
    """Why this strategy."""
    batch_size: int = 32
    epochs: int = 1
    shuffle: bool = True
    seed: int = 0
    callbacks: tuple[Callback, ...] = ()
    initial: Mapping[str, Mapping[str, np.ndarray]] = field(
        default_factory=dict[str, "Mapping[str, np.ndarray]"]
    )
    """Weights and layer state from files that the spec names, by scope and name. Whoever begins a
    run reads them; what goes on from a checkpoint needs none."""

    def trained(self) -> TrainingProgram:
        """The training program.

        Raises:
            CompileError: when the spec has no section ``training``.
        """
        if self.training is None:
            raise failure(
                codes.NO_TRAINING,
                "the spec has no section `training`",
                help="add `training: {loss: ..., optimizer: ...}`",
            )
        return self.training


def plan(compiled: Compiled, strategy: Strategy | None = None) -> Plan:
    """Choose how to execute a model, or take a strategy that was chosen before.

    Raises:
        CompileError: when JAX refuses a layer.
    """
    training = compiled.spec.training
    chosen, reason = (strategy, "as the run began") if strategy else choose(compiled.program)
    found = losses(training, compiled.graph) if training else {}
    types = compiled.program.output_types
    settings: dict[str, Any] = {}
    if training is not None:
        settings = {
            "batch_size": training.batch_size,
            "epochs": training.epochs,
            "shuffle": training.shuffle,
            "seed": training.seed,
            "callbacks": training.callbacks,
        }
    return Plan(
        name=compiled.name,
        compiled=compiled,
        resolved=compiled.resolved(),
        facts=compiled.facts,
        model=compiled.program,
        training=compiled.training,
        losses={name: (loss, types[name]) for name, loss in found.items()},
        data=compiled.spec.data,
        place=lambda path, word: compiled.spec.value_place(*path, value=word),
        strategy=chosen,
        reason=reason,
        **settings,
    )


def choose(program: Program) -> tuple[Strategy, str]:
    """The strategy that measured fastest for programs of this kind.

    On a CPU a convolution's gradient inside of a loop is ten to seventy times slower than outside
    (XLA takes another kernel there), while a loop saves small programs most of their time.
    """
    if jax.default_backend() == "cpu" and _convolves(program):
        return Strategy.SINGLE, "convolutions inside of a loop are slow on a CPU"
    return Strategy.FUSED, "a loop on the device saves a dispatch per step"


def _convolves(program: Program) -> bool:
    return any("conv_general_dilated" in str(equation.primitive) for equation in _trace(program))


def _trace(program: Program) -> list[Any]:
    """The equations of the model's forward pass, those inside of nested functions included."""
    inputs = {
        name: jax.ShapeDtypeStruct((2, *kind.shape), jnp.dtype(kind.dtype))
        for name, kind in program.inputs.items()
    }

    def forward(inputs: Any) -> Any:
        params, state = bind.init(program, jax.random.key(0), 2)
        return bind.apply(program, params, state, inputs)[0]

    with tracing_errors():
        return _equations(jax.make_jaxpr(forward)(inputs).jaxpr)


def _equations(jaxpr: Any) -> list[Any]:
    found: list[Any] = []
    for equation in jaxpr.eqns:
        found.append(equation)
        for value in equation.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                found += _equations(inner)
    return found


class tracing_errors:  # noqa: N801
    """Context in which a layer that JAX refuses becomes a diagnostic with node and line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, bind.StepError):
            raise refused(error) from error


def refused(error: bind.StepError, by: str = "JAX") -> CompileError:
    """The diagnostic of a layer that JAX, or what runs on the host, refused."""
    step, cause = error.step, error.cause
    reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return failure(
        codes.TRACE_FAILED,
        f"{by} refused `{step.node}` in {step.call.name}: {reason}",
        at=step.span,
        help="check the shapes and arguments of this layer",
    )

"""How a program is executed: chosen once, printed by ``kc plan``, kept in the run's lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kc.compiler.lower import bind
from kc.compiler.lower.assemble import made_up_sizes, with_sizes
from kc.compiler.lower.compiled import Compiled
from kc.compiler.passes.facts import Facts
from kc.compiler.passes.objectives import losses
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.lazy import jax, jnp
from kc.core.program import Program, TrainingProgram
from kc.core.span import Span
from kc.core.stretches import Repeat
from kc.core.text import listing
from kc.core.tree import Path
from kc.core.types import TensorType
from kc.library.callback import Callback
from kc.library.loss import Loss
from kc.library.remedies import Remedy, Stop
from kc.schemas.data import Data

if TYPE_CHECKING:
    import numpy as np


SCAN_FROM = 400
"""Equations of the forward pass that a scan has to save. Measured, in seconds of CPU to compile as
a scan and written out: a GPT saves 318 with 4 layers (6.3 and 5.8), 742 with 8 (7.5 and 11.9),
1,166 with 12 (6.1 and 20.4); an MLP 66 with 12 layers (1.3 and 0.9), 282 with 48 (1.2 and 1.3).
Steps were measured by `benchmarks/repeats.py`, with 12 layers: those of the GPT took 96 ms as a
scan and 172 ms written out, those of the MLP as long in both forms."""


class Strategy(StrEnum):
    """How steps reach the device."""

    FUSED = "fused"
    """Many steps in one dispatch, as a loop on the device."""
    SINGLE = "single"
    """One dispatch per step, without waiting for it."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a program is executed. Another form gives the same numbers up to rounding."""

    strategy: Strategy
    scans: tuple[str, ...] = ()
    """The items with `repeat` that run as a scan over stacked weights; others are written out."""
    streamed: bool = False
    """Whether examples are read from files while training runs."""

    @property
    def repeats(self) -> str:
        """How repeats run, in words."""
        if not self.scans:
            return "written out"
        return f"{listing(self.scans)} as {'a scan' if len(self.scans) == 1 else 'scans'}"


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
    form: Form
    reason: str
    """Why this strategy."""
    scan_reason: str
    """Why repeats run as they do; empty where the program has none."""
    batch_size: int = 32
    epochs: int = 1
    steps_per_epoch: int | None = None
    """None where an epoch is one pass over the examples."""
    validation_freq: int | tuple[int, ...] = 1
    validation_steps: int | None = None
    """How many batches measure an epoch; None for all."""
    shuffle: bool = True
    seed: int = 0
    callbacks: tuple[Callback, ...] = ()
    remedy: Remedy = field(default_factory=Stop.default)
    """What a run does about numbers that are not finite."""
    initial: Mapping[str, Mapping[str, np.ndarray]] = field(
        default_factory=dict[str, "Mapping[str, np.ndarray]"]
    )
    """Weights and layer state from files that the spec names, by scope and name. Whoever begins a
    run reads them; what goes on from a checkpoint needs none."""

    @property
    def strategy(self) -> Strategy:
        return self.form.strategy

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


def plan(compiled: Compiled, form: Form | None = None) -> Plan:
    """Choose how to execute a model, or take a form that was chosen before.

    Raises:
        CompileError: when JAX refuses a layer.
    """
    training = compiled.spec.training
    kept = "as the run began"
    chosen, reason, scan_reason = (form, kept, kept) if form else choose(_tried(compiled))
    found = losses(training, compiled.graph) if training else {}
    types = compiled.program.output_types
    settings: dict[str, Any] = {}
    if training is not None:
        settings = {
            "batch_size": training.batch_size,
            "epochs": training.epochs,
            "steps_per_epoch": training.steps_per_epoch,
            "validation_freq": training.validation_freq,
            "validation_steps": training.validation_steps,
            "shuffle": training.shuffle,
            "seed": training.seed,
            "callbacks": training.callbacks,
            "remedy": training.on_nan,
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
        form=chosen,
        reason=reason,
        scan_reason=scan_reason if compiled.program.repeats else "",
        **settings,
    )


def streaming(plan: Plan) -> Plan:
    """The plan for examples that are read from files while training runs."""
    form = replace(plan.form, strategy=Strategy.SINGLE, streamed=True)
    return replace(plan, form=form, reason="examples are read from files while training runs")


def _tried(compiled: Compiled) -> Program:
    """The program, with made-up sizes where only the data know them."""
    sizes = made_up_sizes(compiled)
    return with_sizes(compiled, sizes).program if sizes else compiled.program


def choose(program: Program) -> tuple[Form, str, str]:
    """The form that measured fastest for programs of this kind, and why: strategy, then repeats.

    On a CPU a convolution's gradient inside of a loop is ten to seventy times slower than outside
    (XLA takes another kernel there), while a loop saves small programs most of their time.
    """
    if jax.default_backend() == "cpu" and _convolutions(_trace(program)):
        strategy, reason = Strategy.SINGLE, "convolutions inside of a loop are slow on a CPU"
    else:
        strategy, reason = Strategy.FUSED, "a loop on the device saves a dispatch per step"
    scans, scan_reason = _choose_scans(program)
    return Form(strategy, scans), reason, scan_reason


def _choose_scans(program: Program) -> tuple[tuple[str, ...], str]:
    """The repeats that should train faster as scans: an estimate, where no one has measured.

    It holds for runs of any length. In what was measured, steps of a scan were as fast or faster,
    so compiling decides; but for convolutions on a CPU, whose steps were 21 times slower. What the
    backward pass computes again is always one: written out it saves no memory on a CPU, where XLA
    drops the barriers between the two passes.
    """
    slow: list[str] = []
    scans: list[str] = []
    again = False
    for repeat in program.repeats:
        body = _equations_of_body(repeat, program)
        if jax.default_backend() == "cpu" and _convolutions(body):
            slow.append(repeat.scope)
        elif runs_again(repeat, program):
            scans.append(repeat.scope)
            again = True
        elif (repeat.times - 1) * len(body) >= SCAN_FROM:
            scans.append(repeat.scope)
    if again:
        return tuple(dict.fromkeys(scans)), "what is computed again takes less memory in a scan"
    if scans:
        return tuple(dict.fromkeys(scans)), "equal iterations compile once"
    if slow:
        return (), "convolutions inside of a loop are slow on a CPU"
    return (), "they are so few and small that they compile as fast"


def runs_again(repeat: Repeat, program: Program) -> bool:
    """Whether the backward pass runs steps of each iteration again."""
    stop = repeat.first + repeat.length
    return any(repeat.first <= own.first and own.stop <= stop for own in program.remats)


def _equations_of_body(repeat: Repeat, program: Program) -> list[Any]:
    """The equations of one iteration."""
    before, behind = (
        _trace(replace(program, steps=program.steps[:stop], outputs={}, remats=()))
        for stop in (repeat.first, repeat.first + repeat.length)
    )
    return behind[len(before) :]


def _convolutions(equations: list[Any]) -> bool:
    return any("conv_general_dilated" in str(equation.primitive) for equation in equations)


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

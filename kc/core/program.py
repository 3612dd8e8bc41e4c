"""A lowered model: calls of pure functions, as data.

The executor walks it and ``kc generate`` prints it, so what is printed is what runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, cast

from kc.core.span import Span
from kc.core.stretches import Remat, Repeat
from kc.core.types import Precision, Shape, TensorType, Weight

Function = Callable[..., Any]


class Call:
    """A module-level function with its settings: ``Call(conv2d, strides=(1, 1))``.

    The function takes arrays by position, weights and state by name, settings by keyword. Its
    signature says the rest: ``key`` makes it random, ``train`` gives it a training mode, ``valid``
    tells it which examples only pad the batch, ``mask`` which places of its first input count, and
    ``masks`` which ones of each input. A function with ``**arguments`` hands them on to the calls
    among its settings, so it takes what they take.
    """

    __slots__ = ("branching", "function", "settings")

    def __init__(self, function: Function, /, **settings: object) -> None:
        self.function = function
        self.settings: Mapping[str, object] = settings
        self.branching: frozenset[str] = frozenset()
        """Numbers among the settings that have to be known when JAX traces the function, because
        it branches on them in Python."""

    def branches_on(self, *names: str) -> Call:
        """The same call, whose function branches on these settings."""
        call = Call(self.function, **self.settings)
        call.branching = frozenset(names)
        return call

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"Call({self.name}, {settings})" if settings else f"Call({self.name})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Call):
            return NotImplemented
        return (self.function, self.settings) == (other.function, other.settings)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    @property
    def name(self) -> str:
        return self.function.__name__

    def __call__(self, *arrays: object, **arguments: object) -> Any:
        """The function's result; a call among the settings of another one is called like this."""
        return self.function(*arrays, **self.settings, **arguments)

    @property
    def inner(self) -> tuple[Call, ...]:
        """The calls among its settings."""
        found: list[Call] = []
        for setting in self.settings.values():
            listed = setting if isinstance(setting, tuple) else (setting,)
            found += [c for c in cast("tuple[object, ...]", listed) if isinstance(c, Call)]
        return tuple(found)

    @property
    def takes_key(self) -> bool:
        return self.takes("key")

    @property
    def takes_valid(self) -> bool:
        return self.takes("valid")

    @property
    def takes_train(self) -> bool:
        return self.takes("train")

    def takes(self, name: str) -> bool:
        """Whether the function has a parameter of this name, or hands it on."""
        if name in parameters(self.function):
            return True
        return hands_on(self.function) and any(call.takes(name) for call in self.inner)


def setting(call: Call) -> Call | Function:
    """A call as a setting of another one: the bare function where it has no settings."""
    return call if call.settings else call.function


@cache
def parameters(function: Function) -> tuple[str, ...]:
    """Names that a function takes."""
    return tuple(inspect.signature(function).parameters)


@cache
def hands_on(function: Function) -> bool:
    """Whether a function takes any keyword."""
    found = inspect.signature(function).parameters.values()
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in found)


@dataclass(frozen=True, slots=True)
class Step:
    """One call in a program: ``output = function(*inputs, **weights, **state, **settings)``."""

    output: str
    call: Call
    inputs: tuple[str, ...]
    scope: str
    """Key of the layer's weights and state; shared layers share it."""
    weights: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    """Where not empty, the function returns ``(output, {name: new value})``."""
    masks: tuple[str | None, ...] = ()
    """The mask of each input of the layer, where the function takes ``mask`` or ``masks``."""
    parts: tuple[str, ...] = ()
    """Further values: where not empty, the function returns ``(output, *parts)``."""
    key_index: int | None = None
    """Number of this step's random stream, folded into the key of the training step."""
    infers: bool = False
    """Whether it behaves as outside of training even while the model is trained."""
    precision: Precision = "float32"
    """What its weights, which are kept in float32, are cast to before the call."""
    node: str = ""
    """The layer that the step belongs to, as diagnostics and profiles name it."""
    span: Span | None = None

    @property
    def made(self) -> tuple[str, ...]:
        """All values that it makes."""
        return (self.output, *self.parts)

    @property
    def reads(self) -> tuple[str, ...]:
        """All values that it takes: inputs, then masks."""
        return (*self.inputs, *(mask for mask in self.given_masks if mask is not None))

    @property
    def given_masks(self) -> tuple[str | None, ...]:
        """The masks that the function is given: of the first input, or of all."""
        return self.masks if self.call.takes("masks") else self.masks[:1]

    @property
    def label(self) -> str:
        """``conv2d (spec.yaml:14)``, as scopes and diagnostics name the step."""
        return f"{self.node} ({self.span.file_line})" if self.span else self.node


@dataclass(frozen=True, slots=True)
class Program:
    """A model as straight-line code over named values."""

    inputs: Mapping[str, TensorType]
    steps: tuple[Step, ...]
    outputs: Mapping[str, str]
    """Name of each output and the value that it is."""
    output_types: Mapping[str, TensorType]
    weights: Mapping[str, Mapping[str, Weight]] = field(
        default_factory=dict[str, Mapping[str, Weight]]
    )
    """Parameters by scope and name, in the order in which they are initialized."""
    state: Mapping[str, Mapping[str, Weight]] = field(
        default_factory=dict[str, Mapping[str, Weight]]
    )
    frozen: frozenset[str] = frozenset()
    """Scopes whose parameters training leaves as they are."""
    memory: Mapping[str, Mapping[str, Shape]] = field(
        default_factory=dict[str, Mapping[str, Shape]]
    )
    """What layers remember of each row of a batch: shapes by scope and name. While a program runs,
    it lies beside the state."""
    drawn: Mapping[str, Call] = field(default_factory=dict[str, Call])
    """Inputs that training draws at random, and how: ``function(key, shape)``."""
    host: Program | None = None
    """What runs before it, on the host and in NumPy, because it reads text; its outputs are the
    inputs, beside those that are drawn."""
    remats: tuple[Remat, ...] = ()
    """Stretches of the steps that the backward pass runs again, in order and apart."""
    repeats: tuple[Repeat, ...] = ()
    """Stretches of the steps that may run as loops, in order."""
    scans: bool = False
    """Whether they do, each as one `lax.scan` over stacked weights and layer state."""

    @property
    def given(self) -> Mapping[str, TensorType]:
        """What a user gives: the inputs of the part on the host where there is one."""
        if self.host is None:
            return self.inputs
        return {**self.host.inputs, **{name: self.inputs[name] for name in self.drawn}}

    @property
    def taught(self) -> Mapping[str, TensorType]:
        """What examples to train on hold: all that a user gives, but for what is drawn."""
        return {name: kind for name, kind in self.given.items() if name not in self.drawn}


@dataclass(frozen=True, slots=True)
class Constant:
    """A target that is the same number everywhere."""

    number: float
    kind: TensorType
    """Type of the target of one example."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A target that the model computes: one of the program's outputs."""

    output: str


@dataclass(frozen=True, slots=True)
class LossCall:
    """A term of what is minimized: ``function(target, output)`` gives a value per example."""

    output: str
    call: Call | None
    """None where the output itself is what is minimized."""
    log_name: str
    target: str | Constant | Computed = ""
    """What the output is compared with: where it is a text, the data's target of that name."""
    mask: str | None = None
    """The output of the model that is this one's mask; only its true places count."""
    span: Span | None = None
    reduction: str = "sum_over_batch_size"
    """How the values of a batch become one, in Keras's words."""
    weight: float = 1.0
    """Factor of the loss in the total."""
    class_weights: tuple[tuple[int, float], ...] = ()
    """How much examples of a class count in training, by the class's number."""


@dataclass(frozen=True, slots=True)
class MetricCall:
    """A metric of one output, accumulated over an epoch.

    ``update(target, output, weights, **sums)`` returns the sums with a batch added,
    ``result(**sums)`` the value.
    """

    output: str
    log_name: str
    sums: Mapping[str, tuple[int, ...]]
    """Shape of each float32 accumulator; all start at zero."""
    update: Call
    result: Call
    target: str | Constant | Computed = ""
    """What the output is compared with: where it is a text, the data's target of that name."""
    mask: str | None = None
    """The output of the model that is this one's mask; only its true places count."""
    span: Span | None = None
    weighted: bool = False
    """Whether examples count with their weights."""


@dataclass(frozen=True, slots=True)
class WeightCall:
    """A function of one weight: its penalty, or what it becomes after an update."""

    scope: str
    weight: str
    call: Call
    stacked: bool = False
    """Whether the weight is one of each iteration of a loop, one behind the other."""


@dataclass(frozen=True, slots=True)
class ActivityCall:
    """The penalty of a value of the program, divided by the number of valid examples."""

    value: str
    call: Call


@dataclass(frozen=True, slots=True)
class OptimizerCall:
    """What moves the parameters of some scopes."""

    name: str
    """Key of its state."""
    call: Call
    """Makes an ``optax.GradientTransformation``."""
    scopes: tuple[str, ...]
    by_element: bool = False
    """Whether weights of one shape may be stacked: each number moves by itself."""


@dataclass(frozen=True, slots=True)
class PhaseCall:
    """A part of every training step: what is minimized, and which parameters move for it."""

    name: str
    """Empty where it is the only one."""
    losses: tuple[LossCall, ...]
    optimizers: tuple[OptimizerCall, ...]
    penalties: tuple[WeightCall, ...] = ()
    """Added to the loss, each weight once."""
    activities: tuple[ActivityCall, ...] = ()
    """Added to the loss, once for each call of a layer."""
    repeat: int = 1
    """How often it runs on a batch."""
    loss_scale: float | Literal["dynamic"] | None = None
    """What the loss is multiplied by, and the gradients are divided by."""

    @property
    def log_name(self) -> str:
        return f"{self.name}_loss" if self.name else "loss"

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes whose parameters it moves."""
        return frozenset(scope for own in self.optimizers for scope in own.scopes)


@dataclass(frozen=True, slots=True)
class MixCall:
    """What blends the examples of a batch, one input of them and all targets."""

    input: str
    call: Call
    """A function of the input, with ``valid`` and ``key``: the input mixed, for each row the number
    of its partner, and its own share."""


@dataclass(frozen=True, slots=True)
class TrainingProgram:
    """A program with what is needed to train it."""

    model: Program
    phases: tuple[PhaseCall, ...]
    metrics: tuple[MetricCall, ...]
    constraints: tuple[WeightCall, ...] = ()
    """Applied to the weights after every update."""
    mixes: tuple[MixCall, ...] = ()
    """Applied to every batch before its first phase, one after another."""
    classes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Number of classes where a mixed target is that of a class, by output."""

    @property
    def losses(self) -> tuple[LossCall, ...]:
        """The terms of all phases."""
        return tuple(loss for phase in self.phases for loss in phase.losses)

    @property
    def optimizers(self) -> tuple[OptimizerCall, ...]:
        """The optimizers of all phases."""
        return tuple(own for phase in self.phases for own in phase.optimizers)

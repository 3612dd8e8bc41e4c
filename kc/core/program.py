"""A lowered model: calls of pure functions, as data.

The executor walks it and ``kc generate`` prints it, so what is printed is what runs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kc.core.span import Span
from kc.core.types import TensorType, Weight

Function = Callable[..., Any]


class Call:
    """A module-level function with its settings: ``Call(conv2d, strides=(1, 1))``.

    The function takes arrays by position, weights and state by name, settings by keyword. Its
    signature says the rest: ``key`` makes it random, ``train`` gives it a training mode, ``valid``
    tells it which examples only pad the batch.
    """

    __slots__ = ("function", "settings")

    def __init__(self, function: Function, /, **settings: object) -> None:
        self.function = function
        self.settings: Mapping[str, object] = settings

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

    @property
    def takes_key(self) -> bool:
        return "key" in parameters(self.function)

    @property
    def takes_valid(self) -> bool:
        return "valid" in parameters(self.function)

    @property
    def takes_train(self) -> bool:
        return "train" in parameters(self.function)


@cache
def parameters(function: Function) -> tuple[str, ...]:
    """Names that a function takes."""
    return tuple(inspect.signature(function).parameters)


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
    key_index: int | None = None
    """Number of this step's random stream, folded into the key of the training step."""
    node: str = ""
    """The layer that the step belongs to, as diagnostics and profiles name it."""
    span: Span | None = None

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


@dataclass(frozen=True, slots=True)
class LossCall:
    """The loss of one output: ``function(target, output)`` gives a value per example."""

    output: str
    call: Call
    log_name: str
    span: Span | None = None


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
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class TrainingProgram:
    """A program with what is needed to train it."""

    model: Program
    losses: tuple[LossCall, ...]
    metrics: tuple[MetricCall, ...]
    optimizer: Call
    """Makes an ``optax.GradientTransformation``."""

"""A formula as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from pydantic import field_validator

from kc.core.expression import ExpressionError
from kc.core.formula import ARRAYS, parse_formula
from kc.core.program import Call
from kc.core.text import count
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Expression(Layer, kind="expression"):
    """A formula of its input ``x``, or of ``x``, ``y`` and ``z``; Keras has ``Lambda`` for Python.

    Numbers, ``+ - * / **``, parentheses, ``pi``, ``e``, and functions: abs, ceil, cos, erf, exp,
    expm1, floor, log, log1p, relu, round, sigmoid, sign, sin, softplus, sqrt, square, tan and tanh
    of each element, min and max of several values. Of one value sum, mean, min and max go along the
    last axis, which they leave with size 1.

    Shapes: any, the same for all inputs -> the same; (..., 1) where inputs are used inside of sums
    along the axis only.

    Example:
        - expression: (x - mean(x)) / sqrt(mean(square(x)) + 1e-6)
    """

    arity: ClassVar[tuple[int, int | None]] = (1, 3)

    formula: str
    """The formula, as ``x * sigmoid(1.7 * x)``."""

    @field_validator("formula", mode="after")
    @classmethod
    def _parses(cls, formula: str) -> str:
        try:
            parse_formula(formula)
        except ExpressionError as error:
            raise ValueError(error.message) from error
        return formula

    def infer(self, *inputs: TensorType) -> Inferred:
        x, formula = inputs[0], parse_formula(self.formula)
        for other in inputs:
            if not other.is_float:
                raise ShapeError(f"needs floats, an input is {other}", "cast it by a `rescaling`")
            if other.shape != x.shape:
                raise ShapeError(f"needs inputs of one shape, these are {x} and {other}")
        if formula.arrays != len(inputs):
            names = " and ".join(f"`{name}`" for name in ARRAYS[: len(inputs)])
            raise ShapeError(
                f"has {count(len(inputs), 'input')}, the formula uses {formula.arrays}",
                f"write a formula of {names}, or change `from`",
            )
        if formula.reduces:
            x.axis(-1)
        y = x.with_axis(-1, 1) if formula.extent == "row" else x
        return Inferred(y, flops=x.size * formula.operations)

    def lower(self) -> Call:
        return Call(expression, formula=parse_formula(self.formula))


def expression(*arrays: Array, formula: Callable[..., Array]) -> Array:
    return formula(*arrays)

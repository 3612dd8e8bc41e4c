"""A formula as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import field_validator

from kc.core.expression import ExpressionError
from kc.core.formula import parse_formula
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Expression(Layer, kind="expression"):
    """A formula of its input ``x``, where Keras has ``Lambda`` with Python code.

    Numbers, ``+ - * / **``, parentheses, ``pi``, ``e``, and functions: abs, ceil, cos, erf, exp,
    expm1, floor, log, log1p, relu, round, sigmoid, sign, sin, softplus, sqrt, square, tan and tanh
    of each element, min and max of several values. Of one value sum, mean, min and max go along the
    last axis, which they leave with size 1.

    Shapes: any -> the same; (..., 1) where the input is used inside of sums along the axis only.

    Example:
        - expression: (x - mean(x)) / sqrt(mean(square(x)) + 1e-6)
    """

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

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        formula = parse_formula(self.formula)
        if formula.reduces:
            x.axis(-1)
        y = x.with_axis(-1, 1) if formula.extent == "row" else x
        return Inferred(y, flops=x.size * formula.operations)

    def lower(self) -> Call:
        return Call(expression, formula=parse_formula(self.formula))


def expression(x: Array, *, formula: Callable[[Array], Array]) -> Array:
    return formula(x)

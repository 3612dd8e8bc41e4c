"""A product with a kernel, in Einstein's notation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, Shape, ShapeError, Size, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.constraints import ConstraintField
from kc.library.fields import PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array

_DOTS = r"(?:\.\.\.)?"
_EQUATION = re.compile(rf"({_DOTS}[a-zA-Z]+{_DOTS}),([a-zA-Z]+)->({_DOTS}[a-zA-Z]+{_DOTS})")


class Equation(NamedTuple):
    """The letters of an equation, and whether dots stand before or behind them."""

    input: str
    kernel: str
    output: str
    dots: str
    """``before``, ``behind``, or empty."""

    @property
    def sized(self) -> str:
        """The letters whose sizes ``output_shape`` gives: all but the batch."""
        return self.output if self.dots == "before" else self.output[1:]


class EinsumDense(Layer, kind="einsum_dense"):
    """``activation(einsum(equation, x, kernel) + bias)``.

    Letters that the kernel shares with the input only are summed over; those that it shares with
    the output only are its units. The first letter stands for the batch, unless dots stand there.

    Shapes: as in ``equation``.

    Source: ``keras/src/layers/core/einsum_dense.py``.

    Example:
        - einsum_dense: {equation: "...x,xy->...y", output_shape: 6, bias_axes: y}
    """

    equation: str
    """``input,kernel->output``, as ``abc,cd->abd``; dots before or behind the letters of input and
    output stand for any further axes.
    """
    output_shape: PositiveInt | tuple[PositiveInt | None, ...]
    """Sizes of the output's letters, the batch and the dots left out; null takes the input's."""
    activation: ActivationField = None
    """Function applied to the result; none by default."""
    bias_axes: str | None = None
    """Letters of the output along which a trainable bias differs; none adds no bias."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernel."""
    bias_initializer: InitializerField = ZEROS
    """First value of the bias."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the kernel, added to the loss."""
    bias_regularizer: RegularizerField = None
    """Penalty on the bias."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output, divided by the examples of the batch."""
    kernel_constraint: ConstraintField = None
    """What the kernel is made to fulfil after every update."""
    bias_constraint: ConstraintField = None
    """What the bias is made to fulfil after every update."""

    @model_validator(mode="after")
    def _check(self) -> EinsumDense:
        equation = parse(self.equation)
        if len(self.sizes) != len(equation.sized):
            raise ValueError(
                f"`output_shape` needs {len(equation.sized)} sizes, for the letters "
                f"`{equation.sized}` of the output, not {len(self.sizes)}"
            )
        wrong = [letter for letter in self.bias_axes or "" if letter not in equation.sized]
        if wrong or self.bias_axes == "":
            raise ValueError(f"`bias_axes` takes letters of `{equation.sized}`")
        return self

    @property
    def sizes(self) -> tuple[int | None, ...]:
        return self.output_shape if isinstance(self.output_shape, tuple) else (self.output_shape,)

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        equation = parse(self.equation)
        rest, sizes = self._sizes(equation, x)
        kernel = Weight(
            tuple(sizes[letter] for letter in equation.kernel),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        weights = {"kernel": kernel}
        if self.bias_axes is not None:
            weights["bias"] = Weight(
                self._bias_shape(equation, sizes, len(rest)),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        shape = tuple(sizes[letter] for letter in equation.sized)
        y = TensorType((*rest, *shape) if equation.dots == "before" else (*shape, *rest))
        flops = 2 * math.prod(rest) * math.prod(sizes.values())
        flops += y.size * (self.bias_axes is not None)
        return Inferred(activated(self.activation, y), weights, flops=flops)

    def _sizes(self, equation: Equation, x: TensorType) -> tuple[Shape, dict[str, Size]]:
        """Sizes of the axes that the dots stand for, and of each letter but the batch's."""
        before = equation.dots == "before"
        letters = equation.input if before else equation.input[1:]
        if x.rank < len(letters) or (x.rank > len(letters) and not equation.dots):
            raise ShapeError(
                f"needs {len(letters)} axes besides the batch for `{self.equation}`, the input is "
                f"{x}"
            )
        split = x.rank - len(letters) if before else len(letters)
        rest, named = (x.shape[:split], x.shape[split:])[:: 1 if before else -1]
        sizes = dict(zip(letters, named, strict=True))
        for letter, size in zip(equation.sized, self.sizes, strict=True):
            if sizes.setdefault(letter, size or 0) != (size or sizes[letter]):
                raise ShapeError(
                    f"`{letter}` has size {sizes[letter]} in the input {x}, and {size} in "
                    "`output_shape`",
                    "give null for letters of the input",
                )
            if not size and letter not in letters:
                raise ShapeError(f"does not know the size of `{letter}`: give it in `output_shape`")
        return rest, sizes

    def _bias_shape(self, equation: Equation, sizes: dict[str, Size], further: int) -> Shape:
        """The letters from the first one of the bias on, so that it broadcasts."""
        axes = self.bias_axes or ""
        first = min(equation.output.index(letter) for letter in axes)
        shape = tuple(sizes[n] if n in axes else 1 for n in equation.output[first:])
        return (*shape, *(1,) * further) if equation.dots == "behind" else shape

    def lower(self) -> Sequence[Call]:
        return [Call(einsum_dense, equation=self.equation), *activate(self.activation)]


def parse(text: str) -> Equation:
    """The parts of an equation.

    Raises:
        ValueError: when the text is none, or one without a meaning for a layer.
    """
    match = _EQUATION.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(
            f"`{text}` is no equation: write `ab,bc->ac`, `...ab,bc->...ac` or `ab...,bc->ac...`"
        )
    places = [
        ("before" if part.startswith(".") else "") + ("behind" if part.endswith(".") else "")
        for part in match.group(1, 3)
    ]
    if places[0] != places[1] or places[0] == "beforebehind":
        raise ValueError("dots stand on the same side of the input and the output, and on one side")
    input, kernel, output = (part.strip(".") for part in match.groups())
    equation = Equation(input, kernel, output, places[0])
    for part in equation[:3]:
        if len(set(part)) < len(part):
            raise ValueError(f"a letter stands twice in `{part}`")
    if odd := set(equation.kernel) - set(equation.input + equation.output):
        raise ValueError(f"`{min(odd)}` of the kernel is neither in the input nor in the output")
    if odd := set(equation.output) - set(equation.input + equation.kernel):
        raise ValueError(f"`{min(odd)}` of the output is neither in the input nor in the kernel")
    batch = equation.input[0]
    if equation.dots != "before" and (equation.output[0] != batch or batch in equation.kernel):
        raise ValueError(
            f"`{batch}` stands for the batch: it is the first letter of the output too, and none "
            "of the kernel"
        )
    return equation


def einsum_dense(x: Array, kernel: Array, bias: Array | None = None, *, equation: str) -> Array:
    y = jnp.einsum(equation, x, kernel)
    return y if bias is None else y + bias

"""What the names of unknown sizes stand for in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from kc.compiler.lower.assemble import with_sizes
from kc.compiler.lower.compiled import Compiled
from kc.compiler.plan.plan import Plan
from kc.compiler.plan.plan import plan as make_plan
from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.dimension import Dimension
from kc.core.types import TensorType
from kc.runtime.data.prepare import match, prepare

if TYPE_CHECKING:
    from kc.core.data import Arrays


def prepare_examples(plan: Plan, examples: Examples) -> Examples:
    """Inputs and targets in the names, shapes and types of a model.

    Raises:
        DataError: for the first array that is missing, or does not fit.
        CompileError: when a layer cannot take such sizes.
    """
    matched = match(examples, plan.model.taught, plan.losses)
    own = at_sizes(plan, matched.inputs)
    return prepare(matched, own.model.taught, own.losses)


def at_sizes(plan: Plan, inputs: Arrays) -> Plan:
    """The plan for arrays of these shapes: as it is where all sizes are known.

    The program is the same for all sizes, so weights and compiled functions stay those of the given
    plan, and JAX compiles once for each length. This one has checked that the layers take such
    sizes, and knows the shapes of targets.

    Raises:
        DataError: when the arrays do not agree on a size.
        CompileError: when a layer cannot take such sizes.
    """
    if not plan.compiled.unknown_sizes:
        return plan
    sizes = _sizes(inputs, plan.model.given)
    if not sizes:
        return plan
    return make_plan(_checked(plan.compiled, tuple(sizes.items())), plan.form)


@lru_cache(maxsize=64)
def _checked(compiled: Compiled, sizes: tuple[tuple[str, int], ...]) -> Compiled:
    """Kept, because batches of one length come again and again."""
    return with_sizes(compiled, dict(sizes))


def _sizes(inputs: Arrays, types: Mapping[str, TensorType]) -> Mapping[str, int]:
    """What each name stands for; none where an array fits its input with no size at all."""
    found: dict[str, tuple[int, str]] = {}
    for name, array in inputs.items():
        kind, shape = types[name], array.shape[1:]
        if len(shape) == kind.rank + 1 and shape[-1] == 1:
            shape = shape[:-1]
        elif len(shape) == kind.rank - 1 and kind.shape[-1] == 1:
            shape = (*shape, 1)
        if len(shape) != kind.rank or 0 in shape:
            return {}
        for size, number in zip(kind.shape, shape, strict=True):
            if not isinstance(size, Dimension):
                if size != number:
                    return {}
                continue
            (unknown,) = size.names
            first, where = found.setdefault(unknown, (number, name))
            if first != number:
                raise DataError(
                    codes.SIZE_CONFLICT,
                    _conflict(unknown, first, where, number, name),
                    "give the axes names of their own, or make the arrays agree",
                    path=("model", "inputs", name),
                )
    return {unknown: number for unknown, (number, _) in found.items()}


def _conflict(unknown: str, first: int, where: str, number: int, name: str) -> str:
    if where == name:
        return f"`{unknown}` is {first:,} and {number:,} in `{name}`"
    return f"`{unknown}` is {first:,} in `{where}` and {number:,} in `{name}`"

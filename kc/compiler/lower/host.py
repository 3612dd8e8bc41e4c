"""Runs the part of a program that stays on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.compiler.lower import bind
from kc.core.program import Program

if TYPE_CHECKING:
    from kc.core.data import Arrays


def preprocess(program: Program, given: Arrays) -> Arrays:
    """The inputs of a program on the device, from what a user gives.

    Raises:
        StepError: when a function refuses its arguments.
    """
    if program.host is None:
        return given
    drawn = {name: given[name] for name in program.drawn if name in given}
    return drawn | bind.apply(program.host, {}, {}, given)[0]  # pyright: ignore[reportArgumentType, reportReturnType]

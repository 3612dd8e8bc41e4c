"""The part of a model that stays on the host, run over examples."""

from __future__ import annotations

from dataclasses import replace

from kc.compiler.lower.bind import StepError
from kc.compiler.lower.host import preprocess
from kc.compiler.plan.plan import refused
from kc.core.data import Examples
from kc.core.program import Program


def on_host(program: Program, examples: Examples) -> Examples:
    """Examples with the inputs that the program takes on the device.

    Raises:
        CompileError: when a layer refuses its input.
    """
    if program.host is None:
        return examples
    try:
        return replace(examples, inputs=preprocess(program, examples.inputs))
    except StepError as error:
        raise refused(error, "NumPy") from error

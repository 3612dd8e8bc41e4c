"""Small models for tests: a few items as a compiled program with random weights."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import pytest
import yaml

from kc.compiler.lower import bind
from kc.compiler.pipeline import Compiled
from kc.compiler.pipeline import compile as compile_spec
from kc.core.diagnostic import Report
from kc.core.program import Program
from kc.core.registry import Entry
from kc.core.span import SourceText
from kc.core.types import TensorType

Weights = dict[str, dict[str, np.ndarray]]
WORDS = np.array(["the", "cat", "sat", "The cat!"], object)


def compiled(
    layers: Sequence[object],
    inputs: Mapping[str, TensorType],
    training: Mapping[str, object] | None = None,
) -> Compiled:
    """The program of a spec with these items."""
    spec: dict[str, object] = {
        "kc": 1,
        "model": {
            "inputs": {
                name: {"shape": list(x.shape), "dtype": x.dtype} for name, x in inputs.items()
            },
            "layers": list(layers),
        },
    }
    if training is not None:
        spec["training"] = dict(training)
    return compiled_text(yaml.safe_dump(spec, sort_keys=False))


def compiled_text(text: str) -> Compiled:
    """The program of a spec."""
    return compile_spec(SourceText("test.yaml", text), (), Report())


def random_arrays(
    inputs: Mapping[str, TensorType], batch: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """A batch for inputs of these types; whole numbers lie from 0 to 3, so many words are used."""

    def draw(x: TensorType) -> np.ndarray:
        shape = (batch, *x.shape)
        if x.is_float:
            return rng.normal(size=shape).astype("float32")
        numbers = rng.integers(0, 4, shape)
        return WORDS[numbers] if x.is_text else numbers.astype(x.dtype)

    return {name: draw(x) for name, x in inputs.items()}


def random_weights(program: Program, rng: np.random.Generator) -> tuple[Weights, Weights]:
    """Parameters and state without zeros or ones; variances are positive."""

    def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
        values = rng.uniform(0.3, 1.2, shape)
        signs = 1.0 if "variance" in name else rng.choice([-1.0, 1.0], shape)
        return (values * signs).astype("float32")

    def of(owners: Mapping[str, Mapping[str, Any]]) -> Weights:
        return {
            scope: {name: draw(name, weight.shape) for name, weight in weights.items()}
            for scope, weights in owners.items()
        }

    return of(program.weights), of(program.state)


def run(
    program: Program,
    params: Any,
    state: Any,
    inputs: Mapping[str, Any],
    *,
    train: bool = False,
    valid: Any = None,
) -> tuple[Any, Any]:
    """The only output, and the state after it."""
    outputs, state = bind.apply(
        program, params, state, inputs, key=jax.random.key(0), train=train, valid=valid
    )
    (y,) = outputs.values()
    return y, state


def example_of(entry: type[Entry]) -> str:
    """The YAML under ``Example:`` in an entry's docstring; empty without one."""
    _, _, block = inspect.cleandoc(entry.__doc__ or "").partition("\nExample:\n")
    return textwrap.dedent(block)


def sampled(kinds: Iterable[str], sample: Collection[str]) -> list[Any]:
    """Parameters of a sweep: the sample always runs, the others with the long suites."""
    return [
        kind if kind in sample else pytest.param(kind, marks=pytest.mark.slow) for kind in kinds
    ]

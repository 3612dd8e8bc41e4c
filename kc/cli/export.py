"""``kc export``: a trained model for another library."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.cli.options import AllowPlugins, Overrides, write
from kc.core.diagnostic import Report

if TYPE_CHECKING:
    from kc.compiler.lower.compiled import Compiled
    from kc.interop.keras.weights import Weights


class ExportFormat(StrEnum):
    """What other libraries read."""

    KERAS = "keras"
    KERAS_H5 = "keras-h5"
    KERAS_JSON = "keras-json"
    KERAS_WEIGHTS = "keras-weights"
    SAFETENSORS = "safetensors"


def export(
    target: Annotated[
        str,
        typer.Argument(metavar="SPEC|RUN|MODEL", help="What was trained: a spec, a run, a file."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Write there.")],
    format: Annotated[
        ExportFormat, typer.Option(help="Keras's files, its JSON without weights, or safetensors.")
    ] = ExportFormat.KERAS,
    overrides: Overrides = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Write a trained model for Keras, or its weights as safetensors.

    Keras loads it and predicts the same; preprocessing is part of the model. Loss and optimizer
    stay behind.

    \b
    Examples:
      kc export runs/digits-20260131-094500 -o digits.keras
      kc export model.h5 --format keras-h5 -o old.h5
      kc export spec.yaml --format keras-json -o model.json   # needs no training
      kc export model.h5 --format safetensors -o model.safetensors
    """
    from kc.cli.targets import find, trained
    from kc.interop.keras import write as keras
    from kc.interop.keras.read import told
    from kc.interop.keras.values import RefusedError

    report = Report()
    try:
        if format is ExportFormat.KERAS_JSON and Path(target).suffix != ".h5":
            compiled = find(target).compiled(overrides or [], report)
            render.show(report)
            write(keras.config_json(compiled.graph, compiled.name) + "\n", output)
            return
        found, file = trained(target, allow_plugins)
        compiled = found.compiled(overrides or [], report)
        render.show(report)
        write(_content(format, compiled, _weights(compiled, file)), output)
    except RefusedError as refusal:
        raise told(Path(target), refusal) from None


def _weights(compiled: Compiled, file: Path) -> Weights:
    import jax

    from kc.compiler.plan.execution import Execution
    from kc.compiler.plan.plan import plan
    from kc.interop.keras.weights import Weights
    from kc.runtime.device import set_up
    from kc.runtime.model_file import load_state

    set_up()
    state = load_state(file, Execution(plan(compiled)))
    return Weights(jax.device_get(state.params), jax.device_get(state.layers))


def _content(format: ExportFormat, compiled: Compiled, weights: Weights) -> bytes:
    from kc.interop import tensors
    from kc.interop.keras import write as keras

    graph, name = compiled.graph, compiled.name
    match format:
        case ExportFormat.KERAS:
            return keras.archive(graph, weights, name)
        case ExportFormat.KERAS_H5:
            return keras.legacy(graph, weights, name)
        case ExportFormat.KERAS_WEIGHTS:
            return keras.weight_file(graph, weights)
        case ExportFormat.KERAS_JSON:
            return keras.config_json(graph, name).encode()
        case ExportFormat.SAFETENSORS:
            return tensors.write(weights)

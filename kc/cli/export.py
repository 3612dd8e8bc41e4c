"""``kc export``: a trained model for another library."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.cli.options import AllowPlugins, Overrides, Profiles, Root, changes, write
from kc.core.diagnostic import Report

if TYPE_CHECKING:
    from kc.compiler.lower.compiled import Compiled
    from kc.compiler.plan.execution import TrainState


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
    profiles: Profiles = None,
    root: Root = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Write a trained model for Keras, or its weights as safetensors.

    Keras loads it and predicts the same; preprocessing is part of the model. Training goes on
    there with the same loss, metrics and optimizer, as far as Keras has them.

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
    from kc.runtime.fitting import recall
    from kc.runtime.model_file import read_spec

    report = Report()
    try:
        if format is ExportFormat.KERAS_JSON and Path(target).suffix != ".h5":
            compiled = find(target).compiled(changes(overrides, profiles, root), report)
            render.show(report)
            write(keras.config_json(compiled.graph, compiled.name) + "\n", output)
            return
        found, file = trained(target, allow_plugins)
        compiled = recall(
            found.compiled(changes(overrides, profiles, root), report), read_spec(file)
        )
        compiled.need_fitted()
        state = _state(compiled, file)
        content = _content(format, compiled, state, report)
        render.show(report)
        write(content, output)
    except RefusedError as refusal:
        raise told(Path(target), refusal) from None


def _state(compiled: Compiled, file: Path) -> TrainState:
    import jax

    from kc.compiler.plan.execution import Execution
    from kc.compiler.plan.plan import plan
    from kc.runtime.device import set_up
    from kc.runtime.model_file import load_state

    set_up()
    return jax.device_get(load_state(file, Execution(plan(compiled))))


def _content(
    format: ExportFormat, compiled: Compiled, state: TrainState, report: Report
) -> bytes | str:
    from kc.interop import tensors
    from kc.interop.keras import write as keras
    from kc.interop.keras.compiled import compiled_as
    from kc.interop.keras.weights import Weights
    from kc.runtime.model_file import lasting

    graph, name = compiled.graph, compiled.name
    layers = {s: dict(own) for s, own in lasting(compiled.program, state.layers).items()}
    weights = Weights(state.params, layers)
    match format:
        case ExportFormat.KERAS:
            return keras.archive(graph, weights, name, compiled_as(compiled, state, report))
        case ExportFormat.KERAS_H5:
            return keras.legacy(graph, weights, name, compiled_as(compiled, state, report))
        case ExportFormat.KERAS_WEIGHTS:
            return keras.weight_file(graph, weights)
        case ExportFormat.KERAS_JSON:
            return keras.config_json(graph, name)
        case ExportFormat.SAFETENSORS:
            return tensors.write(weights)

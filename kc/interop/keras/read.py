"""From a file of Keras to a spec and weights."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kc.compiler.graph.graph import Graph
from kc.compiler.lower.compiled import Compiled
from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
from kc.interop.foreign import Foreign
from kc.interop.keras import optimizer, weights
from kc.interop.keras.layout import leaves_of
from kc.interop.keras.models import model_of
from kc.interop.keras.to_spec import Converted, convert
from kc.interop.keras.training import training_of
from kc.interop.keras.values import RefusedError
from kc.interop.keras.weights import Weights

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Imported:
    """A model of Keras as a spec; its weights are not read so far."""

    file: Foreign
    spec: Mapping[str, Any]
    converted: Converted


def read_model(file: Foreign, report: Report) -> Imported:
    """The spec of a model in a file.

    Raises:
        CompileError: when kc has no counterpart for a part of it.
    """
    model, compiled = _told(file.path, lambda: model_of(file))
    converted = _told(file.path, lambda: convert(model))
    spec: dict[str, Any] = {"kc": 1}
    name = re.sub(r"[^A-Za-z0-9._-]", "-", model.name)[:64]
    spec |= {"name": name} if name[:1].isalnum() else {}
    spec["model"] = dict(converted.model)
    try:
        training = training_of(_training(file) or compiled, converted.outputs)
        spec |= {"training": training} if training else {}
    except RefusedError as refusal:
        message = f"the section `training` is left out: {refusal.message}"
        report.add(codes.LEFT_OUT, message, help="write it yourself: `training: {loss: ...}`")
    return Imported(file, spec, converted)


def read_weights(imported: Imported, graph: Graph) -> Weights:
    """The weights of an imported model, whose spec was compiled to this graph.

    Raises:
        CompileError: when they do not fit.
    """
    file = imported.file
    return _told(file.path, lambda: weights.read(file, graph, imported.converted.leaves))


def read_optimizer(imported: Imported, compiled: Compiled, state: Any, report: Report) -> Any:
    """The state of the optimizer and its number of steps; none where there is none to go on from.

    Args:
        imported: the model.
        compiled: the same, compiled.
        state: a state of the same shape.
        report: learns why it is left out, where the model was trained.
    """
    training = compiled.spec.training
    if training is None or not imported.file.has_weights:
        return None
    trained = weights.trained(compiled.graph, imported.converted.leaves)
    try:
        return optimizer.read(imported.file, training.optimizer, trained, state)
    except RefusedError as refusal:
        message = f"the state of the optimizer is left out: {refusal.message}"
        report.add(codes.LEFT_OUT, message, help="training begins with a fresh one")
        return None


def read_weights_for(file: Foreign, graph: Graph) -> Weights:
    """The weights in a file without a model, for a model of kc.

    Raises:
        CompileError: when they do not fit.
    """
    return _told(file.path, lambda: weights.read(file, graph, leaves_of(graph)))


def _training(file: Foreign) -> Mapping[str, Any] | None:
    """How an old file says that the model was compiled."""
    if file.training is None:
        return None
    try:
        value = json.loads(file.training)
    except (ValueError, RecursionError):
        raise RefusedError(codes.FOREIGN_FILE, "it is not JSON") from None
    return value if isinstance(value, dict) else None


def _told(path: Path, work: Callable[[], T]) -> T:
    """A result, or a refusal as an error of this file."""
    try:
        return work()
    except RefusedError as refusal:
        raise told(path, refusal) from None


def told(path: Path, refusal: RefusedError) -> CompileError:
    """A refusal that names its file."""
    return failure(refusal.code, f"{path}: {refusal.message}", help=refusal.help)

"""How a model of Keras was compiled, as a section ``training``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from kc.core import codes
from kc.core.reference import write_entry
from kc.core.registry import entries
from kc.interop.keras.facts import group_name
from kc.interop.keras.values import RefusedError, entry

_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "acc": "accuracy",
    "AdamW": "adamw",
}


def training_of(compiled: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The section that trains as Keras would; None where the model was not compiled.

    Raises:
        RefusedError: when the loss, the optimizer or a metric has no counterpart.
    """
    if not compiled.get("loss"):
        return None
    section: dict[str, Any] = {"loss": _loss(compiled["loss"])}
    if optimizer := compiled.get("optimizer", compiled.get("optimizer_config")):
        section["optimizer"] = write_entry(entry("optimizer", _spoken("optimizer", optimizer)))
    if metrics := _flat(compiled.get("metrics")):
        section["metrics"] = [write_entry(entry("metric", _spoken("metric", m))) for m in metrics]
    return section


def _loss(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" not in value:
        named = cast("Mapping[str, Any]", value)
        return {name: write_entry(entry("loss", _spoken("loss", v))) for name, v in named.items()}
    return write_entry(entry("loss", _spoken("loss", value)))


def _spoken(family: str, value: Any) -> Any:
    """A name of Keras as kc says it; ``MeanSquaredError`` and ``mse`` are words for one thing."""
    if not isinstance(value, str):
        return value
    name = _SHORT.get(value, value)
    return name if name in entries(family) else group_name(name)


def _flat(metrics: Any) -> Sequence[Any]:
    """Metrics of a model with one output, in whatever lists Keras wrapped them."""
    if metrics is None:
        return []
    if not isinstance(metrics, list):
        raise RefusedError(codes.FOREIGN_ARGUMENT, "metrics by the name of the output")
    found: list[Any] = []
    for metric in cast("list[Any]", metrics):
        found += _flat(metric) if isinstance(metric, list) else [metric]
    return found

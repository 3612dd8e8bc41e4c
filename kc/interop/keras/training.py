"""How a model of Keras was compiled, as a section ``training``, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from kc.core import codes
from kc.core.reference import write_entry
from kc.core.registry import Entry, entries
from kc.interop.keras.facts import group_name
from kc.interop.keras.values import RefusedError, entry, written
from kc.schemas.training import ONLY, Training

_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "acc": "accuracy",
    "AdamW": "adamw",
}
_WITHOUT_COUNTERPART = ("phases", "terms", "groups", "class_weight", "mix")
"""Parts of the section that ``compile`` of Keras lacks."""

# In


def training_of(
    compiled: Mapping[str, Any], outputs: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """The section that trains as Keras would; None where the model was not compiled.

    Args:
        compiled: what the file says of ``compile``.
        outputs: what kc calls each output, by its name in Keras, in order.

    Raises:
        RefusedError: when the loss, the optimizer or a metric has no counterpart.
    """
    if not compiled.get("loss"):
        return None
    losses = _by_output(compiled["loss"], outputs)
    section: dict[str, Any] = {"loss": _each(losses, lambda value: _entry("loss", value))}
    weights = _by_output(compiled.get("loss_weights"), outputs)
    if any(weight is not None for weight in weights.values()):
        # One loss and a list of weights go together where there is one output.
        only = next(iter(outputs.values()))
        section["loss_weights"] = {
            name or only: weight for name, weight in weights.items() if weight is not None
        }
    if optimizer := compiled.get("optimizer", compiled.get("optimizer_config")):
        section["optimizer"] = _entry("optimizer", optimizer)
    for key in ("metrics", "weighted_metrics"):
        metrics = _metrics(compiled.get(key), outputs)
        if any(metrics.values()):
            section[key] = _each(
                metrics, lambda value: [_entry("metric", metric) for metric in value]
            )
    return section


def _entry(family: str, value: Any) -> object:
    return write_entry(entry(family, _spoken(family, value)))


def _spoken(family: str, value: Any) -> Any:
    """A name of Keras as kc says it; ``MeanSquaredError`` and ``mse`` are words for one thing."""
    if isinstance(value, dict) and cast("Any", value).get("class_name") == "function":
        value = cast("Any", value).get("config")
    if not isinstance(value, str):
        return cast("object", value)
    name = _SHORT.get(value, value)
    return name if name in entries(family) else group_name(name)


def _by_output(value: Any, outputs: Mapping[str, str]) -> Mapping[str, Any]:
    """One value for all outputs, a list in their order or a map by their names, as a map."""
    match value:
        case dict() if "class_name" not in value:
            named = cast("dict[str, Any]", value)
            unknown = next((name for name in named if name not in outputs), None)
            if unknown is not None:
                raise RefusedError(
                    codes.FOREIGN_ARGUMENT, f"the model has no output `{unknown[:80]}`"
                )
            found = {outputs[name]: item for name, item in named.items() if item is not None}
        case list():
            listed = cast("list[Any]", value)
            if len(listed) != len(outputs):
                raise RefusedError(
                    codes.FOREIGN_ARGUMENT, f"{len(listed)} values for {len(outputs)} outputs"
                )
            pairs = zip(outputs.values(), listed, strict=True)
            found = {name: item for name, item in pairs if item is not None}
        case _ if len(outputs) > 1 and value is not None:
            found = dict.fromkeys(outputs.values(), value)
        case _:
            found = {ONLY: value}
    return {ONLY: next(iter(found.values()), None)} if len(outputs) == 1 else found


def _metrics(value: Any, outputs: Mapping[str, str]) -> Mapping[str, Sequence[Any]]:
    """Lists of metrics by output. With one output, a list is all of its metrics."""
    if value is None:
        return {}
    if isinstance(value, list):
        listed = cast("list[Any]", value)
        nested = any(isinstance(item, list) for item in listed)
        if len(outputs) == 1:
            return {ONLY: [m for item in listed for m in _listed(item)]}
        if not nested and len(listed) != len(outputs):
            return dict.fromkeys(outputs.values(), listed)
    return {name: _listed(item) for name, item in _by_output(value, outputs).items()}


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, list):
        return [item for item in cast("list[Any]", value) if item is not None]
    return [value]


def _each(values: Mapping[str, Any], write: Any) -> Any:
    found = {name: write(value) for name, value in values.items() if value}
    return found[ONLY] if set(found) == {ONLY} else found


# Out


def compile_config(training: Training) -> dict[str, Any]:
    """What ``compile`` of Keras is called with.

    Raises:
        RefusedError: when it cannot say how this model is trained.
    """
    for part in _WITHOUT_COUNTERPART:
        if getattr(training, part):
            raise RefusedError(codes.NOT_EXPORTED, f"Keras has no `{part}` in `compile`")
    return {
        "optimizer": written(training.optimizer),
        "loss": _unwrapped(training.loss, _loss),
        "loss_weights": _weights(training),
        "metrics": _unwrapped(training.metrics, _all_metrics),
        "weighted_metrics": _unwrapped(training.weighted_metrics, _all_metrics),
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": "auto",
    }


def _weights(training: Training) -> Any:
    if ONLY in training.loss:
        # A list of one, as Keras wants it for one output.
        return list(training.loss_weights.values()) or None
    return dict(training.loss_weights) or None


def _unwrapped(values: Mapping[str, Any], write: Any) -> Any:
    found = {name: write(value) for name, value in values.items()}
    return found[ONLY] if set(found) == {ONLY} else found or None


def _loss(loss: Entry) -> Any:
    return written(loss)


def _all_metrics(metrics: Sequence[Entry]) -> list[Any]:
    # What is right is told by the shapes of output and target, which only the word says in Keras.
    return [m.kind if m.kind == "accuracy" else written(m) for m in metrics]

"""A spec for data, and why it is as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kc.core.text import count

Lines = Sequence[str]
"""Lines of a spec, without the indentation of their section."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What ``kc init --from`` writes and says."""

    spec: str
    notes: Lines
    """What was seen and what was decided."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a model learns to tell of an example."""

    target: str
    classes: int | None
    """How many there are; None for a number."""
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def head(self) -> Lines:
        """The last layers."""
        if self.classes is not None:
            return [f"- dense: {{units: {self.classes}, activation: softmax}}"]
        return [
            "- dense: 1",
            "# Deviation and mean of the target, so that the layers before work near 0 and 1.",
            f"- rescaling: {{scale: {self.deviation:.4g}, offset: {self.mean:.4g}}}",
        ]

    @property
    def split(self) -> str:
        stratify = ", stratify: true" if self.classes is not None else ""
        return f"split: {{validation: 0.15, test: 0.15{stratify}}}"

    @property
    def training(self) -> Lines:
        loss, metric = (
            ("mean_squared_error", "mean_absolute_error")
            if self.classes is None
            else ("sparse_categorical_crossentropy", "accuracy")
        )
        return [f"loss: {loss}", "optimizer: {adam: {learning_rate: 1e-3}}", f"metrics: [{metric}]"]

    def __str__(self) -> str:
        what = "a number" if self.classes is None else f"one of {count(self.classes, 'class')}"
        return f"predicts `{self.target}`, {what.replace('classs', 'classes')}"


def spec_text(
    path: str, about: str, task: Task, examples: int, epochs: int, **sections: Lines
) -> str:
    """A spec with these sections before that of the training.

    Args:
        path: where the data are; the runs are called after it.
        about: what the spec is for.
        task: what is learnt.
        examples: how many there are.
        epochs: the most that are of use.
        sections: lines by section.
    """
    sections["training"] = [
        *task.training,
        f"batch_size: {_batch_size(examples)}",
        f"epochs: {epochs}",
        "callbacks:",
        "  # Ends the run when validation gets no better, with the weights that were best.",
        "  - early_stopping: {monitor: val_loss, patience: 10, restore_best_weights: true}",
    ]
    about = " ".join(about.split())  # a name may hold the end of a line
    parts = [
        f"# {about}\n#\n#   kc explain dropout   what a word means, and what it can be set to",
        f"kc: 1  # version of the language\nname: {_run_name(path)}",
    ]
    for name, lines in sections.items():
        if lines:
            parts.append("\n".join([f"{name}:", *(f"  {line}" for line in lines)]))
    return "\n\n".join(parts) + "\n"


def _batch_size(examples: int) -> int:
    """More for many examples: some hundred steps make an epoch."""
    return next((size for size in (16, 32, 64, 128) if examples < 100 * size), 256)


def _run_name(path: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", Path(path).stem.lower()))[:64] or "draft"


def written(value: str | Collection[str] | Mapping[str, str]) -> str:
    """A text, or several, as one line of YAML that kc reads as just that."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {text}" for name, text in value.items()) + "}"
    if not isinstance(value, str):
        return "[" + ", ".join(map(written, value)) + "]"
    plain = re.fullmatch(r"[A-Za-z_](?:[\w ./()-]*[\w./()])?", value, re.ASCII)
    if plain and value.lower() not in {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}:
        return value
    return json.dumps(value.replace("$", "$$"), ensure_ascii=False)


def name_of(column: str, taken: Collection[str]) -> str:
    """A name for an input of a model that tells the column, and is not taken."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_")[:48]
    if not name[:1].isalpha():
        name = f"column_{name}".rstrip("_")
    number, first = 2, name
    while name in taken:
        name, number = f"{first}_{number}", number + 1
    return name

"""From a run to its page: gathers what the folder, the model and the data tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kc.compiler.lower.compiled import Compiled
from kc.compiler.plan.execution import Execution, TrainState
from kc.core.data import Examples
from kc.core.text import count
from kc.core.version import VERSION
from kc.emit.summary import INPUT, summary_rows, summary_totals
from kc.report import data
from kc.report.answers import Answers, answers
from kc.report.charts import Chart, heatmap, histogram, scatter
from kc.report.curves import VALIDATION, run_curves
from kc.report.listing import best, spec_hash
from kc.report.page import ModelRow, OutputSection, RunPage, render
from kc.report.scores import MOST_CLASSES, ClassScores
from kc.report.words import duration, moment, value
from kc.runtime.runs import RunRecord, read_run

FILE = "report.html"
MOST_TILES = 6


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with the data of its spec, as a user gives them."""

    execution: Execution
    state: TrainState
    parts: Any
    """Splits."""


def run_report(path: Path, compiled: Compiled, trained: Trained | None) -> str:
    """The page of a run; without a trained model what its folder tells."""
    run = read_run(path)
    parts = _parts(trained)
    measured = next((name for name in ("test", "validation", "train") if name in parts), "")
    found: Sequence[Answers] = ()
    if trained is not None:
        found = answers(trained.execution, trained.state, [parts[measured]])
    sizes = {name: len(getattr(trained.parts, name)) for name in parts} if trained else {}
    page = RunPage(
        title=run.name,
        state=run.state,
        subtitle=_subtitle(run),
        version=VERSION,
        tiles=list(_tiles(run)),
        facts=_facts(run),
        curves=run_curves(run.history),
        outputs=[_section(own, measured, parts[measured], sizes[measured]) for own in found],
        parts=[data.part_facts(name, sizes[name], own) for name, own in parts.items()],
        balances=data.balances(parts, {own.output: own.words for own in found if own.words}),
        model=_model(compiled),
        totals=summary_totals(compiled),
        spec=_spec(path),
    )
    return render(page)


def _parts(trained: Trained | None) -> Mapping[str, Examples]:
    """Some examples of each part, by its name."""
    if trained is None:
        return {}
    found = {n: getattr(trained.parts, n) for n in ("train", "validation", "test")}
    return {name: data.some(part) for name, part in found.items() if part is not None}


def _section(found: Answers, part: str, examples: Examples, size: int) -> OutputSection:
    scores = found.scores
    charts: list[Chart] = []
    matrix = None
    if isinstance(scores, ClassScores):
        if len(scores.words) <= MOST_CLASSES:
            matrix = heatmap(scores.confusion, scores.words)
    else:
        true, predicted = found.true.ravel(), found.predicted.ravel()
        charts = [
            scatter(true, predicted),
            histogram("Residuals", predicted - true, "predicted minus true"),
        ]
    worst = data.worst(found, examples)
    label = count(size, f"{part} example")
    if len(examples) < size:
        label = f"{len(examples):,} of {label}"
    return OutputSection(found.output, label, scores, matrix, charts, worst)


def _subtitle(run: RunRecord) -> str:
    words = [count(run.epochs, "epoch")]
    if run.seconds is not None:
        words.append(duration(run.seconds))
    if run.began is not None:
        words.append(f"begun {moment(run.began)}")
    return " · ".join([*words, *([run.why] if run.why else [])])


def _tiles(run: RunRecord) -> Iterator[tuple[str, str, str]]:
    """Test results, then the best of validation."""
    test = sorted(run.test, key=lambda name: name != "loss")
    found = [(name, value(run.test[name]), "test") for name in test]
    for name in run.last:
        if name.startswith(VALIDATION):
            epoch, number = best(run, name)
            found.append((name, value(number), f"best, epoch {epoch}"))
    if not found:
        found = [(name, value(number), "last epoch") for name, number in run.last.items()]
    yield from found[:MOST_TILES]


def _facts(run: RunRecord) -> Mapping[str, str]:
    lock = run.lock
    system: Mapping[str, Any] = lock.get("environment", {})
    versions = ", ".join(f"{n} {system[n]}" for n in ("jax", "jaxlib", "optax") if n in system)
    found = {
        "folder": str(run.path),
        "seed": str(lock.get("seed", "")),
        "device": f"{system.get('device', '')}, {system.get('processor', '')}".strip(", "),
        "versions": f"kc {lock.get('kc', '')}, {versions}".strip(", "),
        "steps": f"{run.history[-1]['step']:,}, {lock.get('strategy')}" if run.history else "",
        "spec": spec_hash(lock) or "",
        "data": str(lock.get("data", ""))[:12],
        "again": f"kc train {run.path / 'spec.yaml'} --seed {lock.get('seed', 0)}",
    }
    return {name: fact for name, fact in found.items() if fact}


def _model(compiled: Compiled) -> list[ModelRow]:
    return [
        ModelRow(
            name=row.name,
            kind=row.kind,
            output=str(row.output),
            parameters="" if row.kind == INPUT else _weights(row.parameters, row.state, row.shares),
            flops="" if row.kind == INPUT else f"{row.flops:,}",
            inputs=", ".join(row.inputs),
        )
        for row in summary_rows(compiled)
    ]


def _weights(parameters: int, state: int, shares: str | None) -> str:
    return f"those of {shares}" if shares else f"{parameters + state:,}"


def _spec(path: Path) -> str:
    for name in ("spec.yaml", "resolved.yaml"):
        try:
            return (path / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return ""

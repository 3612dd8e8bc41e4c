"""``kc evaluate``: loss and metrics of a trained model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kc.cli import render
from kc.cli.options import (
    AllowPlugins,
    Device,
    Output,
    Overrides,
    Profiles,
    Root,
    changes,
    write,
)
from kc.cli.table import table
from kc.report.scores import MOST_CLASSES
from kc.report.words import value

if TYPE_CHECKING:
    from kc.report.answers import Answers
    from kc.report.scores import ClassScores, NumberScores

Part = Literal["test", "validation", "train"]


def evaluate(
    target: Annotated[
        str,
        typer.Argument(metavar="SPEC|RUN|MODEL", help="What was trained: a spec, a run, a file."),
    ],
    part: Annotated[
        Part | None, typer.Option(help="Which examples; the test part by default.")
    ] = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    device: Device = None,
    allow_plugins: AllowPlugins = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    output: Output = None,
) -> None:
    """Measure a trained model on the examples of its spec.

    Loss and metrics come first, then for outputs that are classes precision, recall and F1 of each
    with the confusion matrix, for outputs that are numbers the residuals.

    \b
    Examples:
      kc evaluate spec.yaml                 # the newest run of this spec
      kc evaluate runs/digits-20260131-094500 --part validation
      kc evaluate spec.yaml --json | jq .accuracy
    """
    from kc.cli.targets import trained
    from kc.compiler.plan.execution import Execution
    from kc.report.answers import answers, chunks, plain
    from kc.runtime.data.job import examples
    from kc.runtime.data.stream import ready
    from kc.runtime.fitting import recalled
    from kc.runtime.model_file import load_state, read_spec
    from kc.runtime.validation import measure

    found, weights = trained(target, allow_plugins)
    plan = recalled(found.compile(changes(overrides, profiles, root), device), read_spec(weights))
    plan.trained()
    plan.compiled.need_fitted()
    data = examples(plan, found.folder)
    name = part or ("test" if data.test is not None else "train")
    chosen = getattr(data, name)
    if chosen is None:
        raise render.usage_error(
            f"the spec splits off no {name} examples", "choose another `--part`"
        )
    execution = Execution(plan)
    state = load_state(weights, execution)
    logs = measure(execution, state, ready(chosen, plan))
    answered = answers(execution, state, chunks(chosen))
    if as_json:
        write(json.dumps({**logs, "report": plain(answered)}) + "\n", output)
    else:
        values = "  ".join(f"{key} {value:.4f}" for key, value in logs.items())
        head = f"{name} ({len(chosen):,} examples)  {values}\n"
        write(head + "".join(_told(own, len(answered) > 1) for own in answered), output)


def _told(answered: Answers, named: bool) -> str:
    """The scores of one output as tables."""
    from kc.report.scores import ClassScores

    scores = answered.scores
    tables = _classes(scores) if isinstance(scores, ClassScores) else _numbers(scores)
    head = f"\n{answered.output}\n" if named else ""
    return head + "".join(f"\n{text}" for text in tables)


def _classes(scores: ClassScores) -> list[str]:
    columns = (scores.precision, scores.recall, scores.f1)
    by_class = zip(scores.words, *columns, scores.support, strict=True)
    total = f"{scores.support.sum():,}"
    lines = [
        ["class", "precision", "recall", "F1", "support"],
        *([word, *map(_share, row), f"{n:,}"] for word, *row, n in by_class),
        *([name, *map(_share, mean), total] for name, mean in scores.means.items()),
        ["accuracy", "", "", _share(scores.accuracy), total],
    ]
    found = [table(lines, right=range(1, 5))]
    if len(scores.words) <= MOST_CLASSES:
        rows = zip(scores.words, scores.confusion, strict=True)
        matrix = [[word, *(f"{n:,}" for n in row)] for word, row in rows]
        head = ["true \\ predicted", *scores.words]
        found.append(table([head, *matrix], right=range(1, len(head))))
    return found


def _numbers(scores: NumberScores) -> list[str]:
    errors = {"MAE": scores.mae, "RMSE": scores.rmse, "R2": scores.r2}
    quantiles = {f"{100 * q:g} %": number for q, number in scores.quantiles.items()}
    return [
        table([list(errors), list(map(value, errors.values()))], right=range(3)),
        table(
            [["residuals", *quantiles], ["", *map(value, quantiles.values())]],
            right=range(1, len(quantiles) + 1),
        ),
    ]


def _share(number: float) -> str:
    return f"{number:.3f}"

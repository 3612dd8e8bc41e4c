"""The trials of a sweep as people read them: ranked rows, importance, and the page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import combinations
from typing import Any

from kc.core.version import VERSION
from kc.report.page import render_search
from kc.report.search import Axis, SearchPage, Tried, axis, contour, history, parallel, slice_of
from kc.report.words import duration
from kc.report.words import value as told
from kc.schemas.space import Parameter
from kc.sweep.study import Study, best, ranked
from kc.sweep.trial import Trial

_MOST_POSTS = 9
_MOST_CONTOURS = 4
_FEWEST = 4
"""Finished trials that tell something about importance."""


def rows(study: Study) -> list[dict[str, Any]]:
    """The trials as plain data, the best first."""
    goals = study.sweep.objective
    return [
        {
            "trial": own.number,
            "state": own.state,
            **{
                goal.metric: value
                for goal, value in zip(goals, own.values or (None,) * len(goals), strict=True)
            },
            **{f"{name}_std": own.outcome.deviations[name]
               for name in (goal.metric for goal in goals) if name in own.outcome.deviations},
            **own.point,
            "seconds": own.outcome.seconds,
            "epochs": own.outcome.epochs,
            "why": own.outcome.why,
        }
        for own in ranked(study.trials(), goals)
    ]  # fmt: skip


def importance(study: Study) -> Mapping[str, float]:
    """Which share of the differences each setting explains; empty where too little is known.

    Settings that only some trials have are left out.
    """
    from optuna.importance import (
        FanovaImportanceEvaluator,
        PedAnovaImportanceEvaluator,
        get_param_importances,
    )

    finished = [own for own in study.trials() if own.state == "finished"]
    if len(finished) < _FEWEST or len({own.values[0] for own in finished}) < 2:
        return {}
    trees = find_spec("sklearn") is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator = FanovaImportanceEvaluator(seed=0) if trees else PedAnovaImportanceEvaluator()
        found = get_param_importances(
            study.optuna,
            evaluator=evaluator,
            target=lambda trial: float(trial.values[0]),
        )
    names = study.space.short_names
    return {names[name]: float(share) for name, share in found.items()}


def page(study: Study) -> str:
    """The page of a sweep as HTML."""
    goal = study.sweep.objective[0]
    trials = study.trials()
    names = study.space.short_names
    tried = [
        Tried(own.number, {names[name]: value for name, value in own.point.items()}, own.values[0])
        for own in trials
        if own.state == "finished"
    ]
    shares = importance(study)
    axes = list(_axes(study, tried, shares)) if len(tried) > 1 else []
    several = [own for own in axes if _is_worth(own, tried)]
    pairs = list(combinations(several[:4], 2))[:_MOST_CONTOURS] if len(tried) >= _FEWEST else []
    asked = study.folder.asked()
    return render_search(
        SearchPage(
            title=f"{asked.name}: sweep",
            subtitle=_subtitle(study, trials),
            version=VERSION,
            tiles=list(_tiles(study, trials)),
            heads=_heads(study),
            rows=list(_cells(study)),
            importance=list(shares.items()),
            parallel=parallel(axes[:_MOST_POSTS], tried, goal.metric, goal.rises) if axes else None,
            charts=[history(tried, goal.metric, goal.rises)] if tried else [],
            slices=[slice_of(own, tried, goal.metric) for own in axes],
            contours=[contour(a, b, tried, goal.rises) for a, b in pairs],
        )
    )


def _is_worth(own: Axis, tried: Sequence[Tried]) -> bool:
    """Whether most trials have a setting: a contour over a few of them says little."""
    return 2 * sum(own.name in one.point for one in tried) > len(tried)


def _axes(study: Study, tried: Sequence[Tried], shares: Mapping[str, float]) -> Iterator[Axis]:
    """The settings that some finished trial has, the most important first."""
    names = study.space.short_names

    def place(own: Parameter) -> float:
        return -shares.get(names[own.name], 0.0)

    for own in sorted(study.space.all, key=place):
        name = names[own.name]
        values = [one.point[name] for one in tried if name in one.point]
        if own.options:
            values = [label for label in own.labels if label in values]
        if values:
            yield axis(name, values, own.distribution.log, bool(own.options))


def _subtitle(study: Study, trials: Sequence[Trial]) -> str:
    states = {s: sum(own.state == s for own in trials) for s in ("finished", "pruned", "failed")}
    told_states = ", ".join(f"{number} {state}" for state, number in states.items() if number)
    sampler = study.sweep.sampler.kind
    return f"{len(trials)} of {study.planned} trials ({told_states}), sampler {sampler}"


def _tiles(study: Study, trials: Sequence[Trial]) -> Iterator[tuple[str, str, str]]:
    front = best(trials, study.sweep.objective)
    for own in front[:1]:
        for goal, value in zip(study.sweep.objective, own.values, strict=True):
            yield goal.metric, told(value), f"best, trial {own.number}"
    yield "time in trials", duration(sum(own.outcome.seconds for own in trials)), "all processes"
    yield "epochs", f"{sum(own.outcome.epochs for own in trials):,}", "all trials"


def _heads(study: Study) -> list[str]:
    names = study.space.short_names
    goals = [goal.metric for goal in study.sweep.objective]
    return ["trial", "state", *goals, *(names[own.name] for own in study.space.all), "time"]


def _cells(study: Study) -> Iterator[list[str]]:
    goals = study.sweep.objective
    for own in ranked(study.trials(), goals):
        values = [told(value) for value in own.values] or [""] * len(goals)
        points = [_word(own.point.get(parameter.name)) for parameter in study.space.all]
        state = f"{own.state}: {own.outcome.why}" if own.outcome.why else own.state
        yield [str(own.number), state, *values, *points, duration(own.outcome.seconds)]


def table(study: Study) -> list[list[str]]:
    """The trials as cells under a head, the best first."""
    return [_heads(study), *_cells(study)]


def _word(value: object) -> str:
    if value is None:
        return ""
    return told(value) if isinstance(value, float) else str(value)

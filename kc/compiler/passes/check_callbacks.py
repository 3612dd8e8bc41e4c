"""Check that callbacks fit what is trained and logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.check_training import trained_scopes
from kc.compiler.passes.objectives import log_names, moved
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.span import Span
from kc.core.text import did_you_mean, listing
from kc.library.callback import Callback, CallbackError
from kc.library.callbacks.learning_rate_scheduler import LearningRateScheduler
from kc.library.optimizer import Optimizer
from kc.library.rates import rate_logs
from kc.library.remedies import Remedy, Rollback
from kc.schemas.spec import Spec
from kc.schemas.training import Training


def check_callbacks(graph: Graph, spec: Spec, report: Report) -> None:
    """Report callbacks that watch what nobody logs, or that cannot do their work."""
    training = spec.training
    if training is None or not graph.outputs:
        return
    optimizers = all_optimizers(training, graph)
    known = log_names(training, graph)
    validates = spec.data is None or spec.data.validates
    logged = list(dict.fromkeys([*known, *(f"val_{name}" for name in known if validates)]))
    if any(callback.logs_rates for callback in training.callbacks):
        logged += rate_logs(optimizers).values()
    _fits(training.on_nan, optimizers, partial(spec.value_place, "training", "on_nan"), report)
    _sets_rates(training, report)
    for position, callback in enumerate(training.callbacks):
        place = partial(spec.value_place, "training", "callbacks", position)
        watched = callback.watched
        if watched is not None and watched not in logged:
            _not_logged(watched, known, logged, place(value=watched), report)
        _fits(callback, optimizers, place, report)


def all_optimizers(training: Training, graph: Graph) -> Mapping[str, Optimizer]:
    """The optimizers of all phases by their names."""
    scopes = trained_scopes(graph)
    return {
        own.name: own.optimizer
        for name, objective in training.objectives().items()
        for own in moved(name, objective, scopes)
    }


def _sets_rates(training: Training, report: Report) -> None:
    """Report a rate that a rollback lowers, and a schedule by epoch sets again."""
    if not isinstance(training.on_nan, Rollback):
        return
    for callback in training.callbacks:
        if isinstance(callback, LearningRateScheduler):
            report.add(
                codes.RATE_FOLLOWS_SCHEDULE,
                "rollback lowers the learning rate, and learning_rate_scheduler sets it again",
                at=training.on_nan.span,
                cause=Label(callback.span) if callback.span else None,
                help="remove the callback, or write `on_nan: skip`",
            )


def _fits(
    callback: Callback | Remedy,
    optimizers: Mapping[str, Optimizer],
    place: Callable[..., Span | None],
    report: Report,
) -> None:
    try:
        callback.check(optimizers)
    except CallbackError as error:
        at = callback.span if error.word is None else place(value=error.word)
        cause = None if error.cause is None else Label(error.cause)
        report.add(error.code, error.message, at=at, cause=cause, help=error.help)


def _not_logged(
    watched: str, known: Sequence[str], logged: Sequence[str], place: Span | None, report: Report
) -> None:
    help = did_you_mean(watched, logged)
    if watched.removeprefix("val_") in known:
        help = "there is no validation data: add `data: {split: {validation: 0.1}}`"
    report.add(
        codes.UNKNOWN_MONITOR,
        f"no epoch logs `{watched}`",
        at=place,
        help=help,
        notes=(f"an epoch logs {listing(logged)}",) if help.startswith("did") else (),
    )


def check_given(callbacks: Sequence[Callback], spec: Spec, graph: Graph) -> None:
    """Check callbacks that Python adds to those of a spec.

    Raises:
        CompileError: when one of them cannot do its work.
    """
    report = Report()
    if spec.training is not None:
        optimizers = all_optimizers(spec.training, graph)
        for callback in callbacks:
            _fits(callback, optimizers, _nowhere, report)
    report.raise_if_failed()


def _nowhere(**_: object) -> None:
    """The place of what was made in Python."""

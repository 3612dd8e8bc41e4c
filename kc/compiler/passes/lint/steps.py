"""Settings of the training under which it cannot do what it should."""

from __future__ import annotations

from collections.abc import Sequence

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.diagnostic import Report
from kc.library.callbacks.early_stopping import EarlyStopping
from kc.library.optimizer import Optimizer
from kc.schemas.spec import Spec
from kc.schemas.training import Training

_LARGEST_RATE = {"sgd": 10.0, "adadelta": 10.0, "adagrad": 10.0, "ftrl": 10.0, "adafactor": 10.0}
"""Learning rates above which nothing has been seen to train."""
_ADAPTIVE_RATE = 0.5
"""The same for optimizers whose every step is about as long as their learning rate."""


def steps(graph: Graph, spec: Spec, report: Report) -> None:
    """KC817, KC818, KC819 and KC820."""
    training = spec.training
    if training is None:
        return
    for optimizer in _optimizers(training):
        _rate(optimizer, report)
        _decay(optimizer, graph, report)
    _patience(training, report)
    _weights(training, spec, report)


def _optimizers(training: Training) -> Sequence[Optimizer]:
    return [
        optimizer
        for objective in training.objectives().values()
        for optimizer in (objective.optimizer, *(g.optimizer for g in objective.groups.values()))
    ]


def _rate(optimizer: Optimizer, report: Report) -> None:
    rate, most = optimizer.learning_rate, _LARGEST_RATE.get(optimizer.kind, _ADAPTIVE_RATE)
    if isinstance(rate, float) and rate >= most:
        usual = type(optimizer).model_fields["learning_rate"].default
        report.add(
            codes.LARGE_RATE,
            f"a learning rate of {rate:g} is far too large for {optimizer.kind}",
            at=optimizer.span,
            help=f"begin with {usual:g}" if isinstance(usual, float) else "take a smaller one",
        )


def _decay(optimizer: Optimizer, graph: Graph, report: Report) -> None:
    """Weights that two terms pull to zero."""
    if not optimizer.weight_decay:
        return
    node = next((n for n in graph.nodes if _has_l2(n.layer)), None)
    if node is not None:
        report.add(
            codes.TWO_DECAYS,
            f"{optimizer.kind} decays weights, and `{node.name}` has a penalty on them besides",
            at=optimizer.span,
            help="remove `weight_decay`, or the regularizer",
        )


def _has_l2(layer: object) -> bool:
    kind = getattr(getattr(layer, "kernel_regularizer", None), "kind", None)
    return kind in {"l2", "l1_l2"}


def _patience(training: Training, report: Report) -> None:
    for callback in training.callbacks:
        # A run of one epoch is a trial of the rest, and the best weights are of use by themselves.
        if (
            isinstance(callback, EarlyStopping)
            and callback.patience >= training.epochs > 1
            and not callback.restore_best_weights
        ):
            report.add(
                codes.NEVER_STOPS,
                f"early_stopping waits for {callback.patience} epochs, the run has only "
                f"{training.epochs}",
                at=callback.span,
                help="raise `epochs`, or lower `patience`",
            )


def _weights(training: Training, spec: Spec, report: Report) -> None:
    for name, objective in training.objectives().items():
        before = ("training", "phases", name) if name else ("training",)
        for output, weight in objective.loss_weights.items():
            if weight == 0:
                report.add(
                    codes.NO_WEIGHT,
                    f"the loss of `{output}` has the weight 0, so nothing is learnt from it",
                    at=spec.key_place(*before, "loss_weights", output),
                    help="remove the loss, or give it a weight",
                )

"""Area under a curve over all thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, TensorType
from kc.library.confusion import COUNTS, confusion, per_place, ratio
from kc.library.fields import LARGEST, NonNegativeFloat, PositiveInt, Probability
from kc.library.loss import align
from kc.library.metric import Metric, value_by_value

if TYPE_CHECKING:
    from jax import Array

Sums = dict[str, "Array"]


class AUC(Metric, kind="auc"):
    """The area under the curve that a threshold draws as it moves from 1 to 0.

    An output above a threshold is a positive. ``ROC`` is the true positive rate over the false
    positive rate, ``PR`` precision over recall, ``PRGAIN`` their gains over always saying yes. The
    area is summed over thresholds, not averaged over batches: outputs are counted per threshold,
    one below 0 and one above 1 included. Targets are yes where they are not 0.

    Source: ``keras/src/metrics/confusion_metrics.py``; Davis and Goadrich 2006, section 4, for the
    interpolation of ``PR``; Flach and Kull 2015 for ``PRGAIN``.

    Example:
        metrics: [{auc: {curve: PR}}]
    """

    higher_is_better = True

    num_thresholds: Annotated[int, Field(ge=2, le=LARGEST)] = 200
    """Number of thresholds, evenly from 0 to 1."""
    curve: Literal["ROC", "PR", "PRGAIN"] = "ROC"
    """The curve."""
    summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation"
    """Height between two thresholds: in between, the lower end or the higher end of the curve."""
    thresholds: tuple[Probability, ...] | None = None
    """Thresholds of your own, in place of even ones; the ends are added."""
    multi_label: bool = False
    """Whether each place of the last axis has a curve, and the result is the mean of their areas;
    otherwise all outputs enter one curve."""
    num_labels: PositiveInt | None = None
    """Number of labels with ``multi_label``; the output tells it."""
    label_weights: tuple[NonNegativeFloat, ...] | None = None
    """Weight of each label in the mean, or of its outputs in the one curve."""
    from_logits: bool = False
    """Whether the output goes without sigmoid: the metric then applies it."""

    @model_validator(mode="after")
    def _check(self) -> AUC:
        if self.num_labels is not None and not self.multi_label:
            raise ValueError("`num_labels` needs `multi_label: true`")
        if self.num_labels and self.label_weights and self.num_labels != len(self.label_weights):
            raise ValueError(
                f"there are {len(self.label_weights)} `label_weights` for {self.num_labels} labels"
            )
        return self

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        value_by_value(target, output)
        labels = output.shape[-1] if output.rank else 1
        if self.multi_label and output.rank > 1:
            raise ShapeError(f"takes one axis of labels with `multi_label`, the output is {output}")
        for name, told in {
            "num_labels": self.num_labels,
            "label_weights": self.label_weights and len(self.label_weights),
        }.items():
            if told is not None and told != labels:
                raise ShapeError(
                    f"has `{name}` for {told} labels, the output is {output}",
                    "remove `num_labels`" if name == "num_labels" else "give a weight for each",
                )
        inner = self.num_thresholds - 2 if self.thresholds is None else len(self.thresholds)
        return dict.fromkeys(COUNTS, (inner + 2, labels) if self.multi_label else (inner + 2,))

    def update(self) -> Call:
        return Call(
            add_confusion,
            num_thresholds=self.num_thresholds,
            thresholds=self.thresholds,
            multi_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
            from_logits=self.from_logits,
        )

    def result(self) -> Call:
        return Call(
            area,
            curve=self.curve,
            summation_method=self.summation_method,
            label_weights=self.label_weights if self.multi_label else None,
        )


def add_confusion(
    target: Array,
    output: Array,
    weights: Array,
    *,
    true_positives: Array,
    false_positives: Array,
    true_negatives: Array,
    false_negatives: Array,
    num_thresholds: int,
    thresholds: tuple[float, ...] | None,
    multi_label: bool,
    label_weights: tuple[float, ...] | None,
    from_logits: bool,
) -> Sums:
    """The sums, (thresholds,) or with multi_label (thresholds, labels), with a batch added."""
    target, output = align(target, output)
    p = jnp.clip(jax.nn.sigmoid(output) if from_logits else output, 0.0, 1.0)
    per_value = jnp.broadcast_to(per_place(weights, p), p.shape)
    if label_weights is not None:
        per_value = per_value * jnp.array(label_weights)
    thresholds_and_ends = ends_added(num_thresholds, thresholds)
    found = confusion(target, p, per_value, thresholds_and_ends, by_label=multi_label)
    return {
        "true_positives": true_positives + found["true_positives"],
        "false_positives": false_positives + found["false_positives"],
        "true_negatives": true_negatives + found["true_negatives"],
        "false_negatives": false_negatives + found["false_negatives"],
    }


def ends_added(num_thresholds: int, thresholds: tuple[float, ...] | None) -> Array:
    """Rising thresholds, from one below 0 to one above 1."""
    if thresholds is None:
        inner = jnp.arange(1, num_thresholds - 1) / (num_thresholds - 1)
    else:
        inner = jnp.array(sorted(thresholds))
    return jnp.concatenate([jnp.array([-1e-7]), inner, jnp.array([1.0 + 1e-7])])


def area(
    *,
    true_positives: Array,
    false_positives: Array,
    true_negatives: Array,
    false_negatives: Array,
    curve: str,
    summation_method: str,
    label_weights: tuple[float, ...] | None,
) -> Array:
    tp, fp, tn, fn = true_positives, false_positives, true_negatives, false_negatives
    if curve == "PR" and summation_method == "interpolation":
        per_label = interpolated_precision_area(tp, fp, fn)
    else:
        x, y = curve_points(tp, fp, tn, fn, curve)
        heights = {
            "interpolation": (y[:-1] + y[1:]) / 2.0,
            "minoring": jnp.minimum(y[:-1], y[1:]),
            "majoring": jnp.maximum(y[:-1], y[1:]),
        }[summation_method]
        per_label = jnp.sum((x[:-1] - x[1:]) * heights, axis=0)
    if label_weights is None:
        return jnp.mean(per_label)
    weights = jnp.array(label_weights)
    return ratio(jnp.sum(per_label * weights), jnp.sum(weights))


def curve_points(tp: Array, fp: Array, tn: Array, fn: Array, curve: str) -> tuple[Array, Array]:
    """x and y of the curve at each threshold."""
    recall = ratio(tp, tp + fn)
    if curve == "ROC":
        return ratio(fp, fp + tn), recall
    if curve == "PR":
        return recall, ratio(tp, tp + fp)
    odds = ratio(tp + fn, tn + fp)
    found = tp > 0
    recall_gain = jnp.where(found, 1.0 - odds * ratio(fn, tp), 0.0)
    precision_gain = jnp.where(found, 1.0 - odds * ratio(fp, tp), 1.0)
    # A recall below that of always saying yes has no place on the curve.
    return jnp.maximum(recall_gain, 0.0), precision_gain


def interpolated_precision_area(tp: Array, fp: Array, fn: Array) -> Array:
    """Area under precision over recall, where true and all positives vary linearly.

    Between two thresholds ``tp = slope * p + intercept``, p all positives; precision ``tp / p``
    integrates over dtp to ``slope * (difference of tp + intercept * log(ratio of p))``.
    """
    p = tp + fp
    difference = tp[:-1] - tp[1:]
    slope = ratio(difference, jnp.maximum(p[:-1] - p[1:], 0.0))
    intercept = tp[1:] - slope * p[1:]
    both = (p[:-1] > 0) & (p[1:] > 0)
    # Where nothing passes the upper threshold, precision is constant: the intercept is 0.
    growth = jnp.where(both, ratio(p[:-1], p[1:]), 1.0)
    terms = slope * (difference + intercept * jnp.log(growth))
    return jnp.sum(ratio(terms, tp[1:] + fn[1:]), axis=0)

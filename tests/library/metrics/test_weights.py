"""Every metric over batches of unequal size, with weights of examples, masks and padded rows."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras.src import backend

from kc.core.registry import entries
from tests.library.losses.parity import fractions, labels
from tests.library.metrics.cases import CASES, NOT_OF_KERAS, every_case, twin_of
from tests.library.metrics.parity import ATOL, RTOL, in_batches, value_of

METRICS = entries("metric")
SIZE = 4
SAMPLE = {
    ("mean_squared_error", 2),
    ("root_mean_squared_error", 0),
    ("accuracy", 1),
    ("sparse_categorical_crossentropy", 2),
    ("precision", 3),
    ("auc", 1),
    ("f1_score", 2),
    ("mean_iou", 0),
    ("r2_score", 0),
}
"""What the tests that always run look at."""
PARAMETERS = [
    pytest.param(
        *(kind, case),
        id=f"{kind} {number} {case.arguments}",
        marks=[] if (kind, number) in SAMPLE else [pytest.mark.slow],
    )
    for kind, number, case in every_case()
]
BY_EXAMPLE = (
    keras.metrics.Mean,
    keras.metrics.Sum,
    keras.metrics.FBetaScore,
    keras.metrics.R2Score,
)
"""Metrics of Keras that take one weight per example; others want one for each value."""

OF_OUTPUT = (keras.metrics.Mean, keras.metrics.Sum)
"""Metrics of Keras that look at the output only."""


def weights_and_masks(case):
    """Weights (examples,) and masks (examples, time) to try."""
    rows = fractions(len(case.output)) / 3
    rows[0] = 0.0
    found = [(None, None), (rows, None), (np.zeros_like(rows), None)]
    if case.output.ndim == 3 and "axis" not in case.arguments:
        mask = labels(*case.output.shape[:2], classes=2).astype("bool")
        mask[0], mask[1] = False, True
        found += [(None, mask), (rows, mask)]
    return found


def split(array):
    return None if array is None else [array[i : i + SIZE] for i in range(0, len(array), SIZE)]


def of_keras(twin, batches, weights, masks):
    """The value of Keras; a mask is that of the output where Keras looks for one."""
    sums = [v.value for v in twin.variables]
    for number, (target, output) in enumerate(batches):
        given = None if weights is None else weights[number]
        if masks is not None and isinstance(twin, keras.metrics.MeanMetricWrapper):
            output = output * 1.0
            backend.set_keras_mask(output, masks[number])
            given = None if given is None else given[:, None]
        elif masks is not None:
            given = masks[number] * (1.0 if given is None else given[:, None])
        if given is not None and not isinstance(twin, BY_EXAMPLE):
            given = spread(given, places(twin, target, output))
        compared = (output,) if type(twin) in OF_OUTPUT else (target, output)
        sums = twin.stateless_update_state(sums, *compared, sample_weight=given)
    return twin.stateless_result(sums)


def places(twin, target, output):
    """Shape of what has a weight of its own."""
    if not isinstance(twin, keras.metrics.IoU | keras.metrics.MeanIoU):
        return output.shape if getattr(twin, "class_id", None) is None else output.shape[:-1]
    return target.shape if twin.sparse_y_true else target.shape[:-1]


def spread(weights, shape):
    """Weights of examples or steps, for each of their values."""
    return jnp.broadcast_to(
        weights.reshape(*weights.shape, *[1] * (len(shape) - weights.ndim)), shape
    )


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.parametrize(("kind", "case"), PARAMETERS)
def test_a_metric_with_weights_and_masks_is_that_of_keras(kind, case):
    metric, twin = METRICS[kind].model_validate(case.arguments), twin_of(kind, case)
    batches = in_batches(case.target, case.output, SIZE)
    if not getattr(twin, "_built", True):
        twin.update_state(*batches[0])  # an AUC of several labels makes its sums at first use
        twin.reset_state()
    given = [tuple(split(array) for array in both) for both in weights_and_masks(case)]

    @jax.jit
    def both(batches, given):
        return (
            [value_of(metric, batches, *each) for each in given],
            [of_keras(twin, batches, *each) for each in given],
        )

    for each, ours, theirs in zip(given, *both(batches, given), strict=True):
        # Where Keras has no number, as R2 of nothing, ours is one that no later batch spoils.
        expected = theirs if np.isfinite(theirs) else 0.0
        np.testing.assert_allclose(ours, expected, RTOL, ATOL, err_msg=str(each))


@pytest.mark.parametrize("kind", METRICS)
def test_every_argument_of_a_metric_has_a_case(kind):
    fields = METRICS[kind].model_fields
    varied = {n for c in CASES[kind] for n, v in c.arguments.items() if v != fields[n].default}
    assert varied | NOT_OF_KERAS.get(kind, set()) == set(METRICS[kind].own_fields())

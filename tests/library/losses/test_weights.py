"""Every loss as the runtime computes it: weights of examples, masks, reductions, padded rows."""

from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from keras.src import backend

from kc.core.registry import entries
from kc.library.loss import Reduction
from tests.library.losses.cases import CASES, every_case, twin_of
from tests.library.losses.parity import ATOL, RTOL, fractions, labels, value_of

LOSSES = entries("loss")
REDUCTIONS = get_args(get_args(Reduction)[0])
SAMPLE = {
    ("mean_squared_error", 2),
    ("sparse_categorical_crossentropy", 3),
    ("binary_crossentropy", 1),
    ("categorical_crossentropy", 1),
    ("hinge", 1),
    ("dice", 2),
    ("circle", 0),
}
"""What the tests that always run look at."""
NOT_OF_KERAS = {"sparse_categorical_crossentropy": {"axis"}}
"""Arguments that Keras 3.15 takes and cannot use on JAX; they have tests of their own."""
PARAMETERS = [
    pytest.param(
        *(kind, case),
        id=f"{kind} {case.arguments} {case.output.shape}",
        marks=[] if (kind, number) in SAMPLE else [pytest.mark.slow],
    )
    for kind, number, case in every_case()
]


def weights_and_masks(case, shape):
    """Weights (batch,) and masks (batch, time) to try; of a loss of whole batches neither."""
    if shape is None:
        return [(None, None)]
    rows = fractions(len(case.output)) / 3
    rows[0] = 0.0
    found = [(None, None), (rows, None), (np.zeros_like(rows), None)]
    if len(shape) == 2 and "axis" not in case.arguments:
        mask = labels(*shape, classes=2).astype("bool")
        mask[0], mask[1] = False, True
        found += [(None, mask), (rows, mask), (None, np.zeros_like(mask))]
    return found


def shape_of_values(loss, case):
    """Shape of the values of a loss; None where they are of a whole batch."""
    call = loss.lower()
    if call.takes_valid:
        return None
    found = jax.eval_shape(
        lambda t, y: call.function(t, y, **call.settings), case.target, case.output
    )
    return (found[0] if isinstance(found, tuple) else found).shape


def of_keras(twin, target, output, weights, mask, shape):
    """Keras's loss. The weight of an example is that of all its values."""
    if weights is not None:
        weights = jnp.broadcast_to(weights.reshape(-1, *[1] * (len(shape) - 1)), shape)
    if mask is not None:
        output = output * 1.0
        backend.set_keras_mask(output, mask)
    return twin(target, output, sample_weight=weights)


@pytest.mark.parametrize(("kind", "case"), PARAMETERS)
def test_a_loss_with_weights_masks_and_reductions_is_that_of_keras(kind, case):
    losses = [LOSSES[kind].model_validate({**case.arguments, "reduction": r}) for r in REDUCTIONS]
    twins = [twin_of(kind, **case.arguments, reduction=r) for r in REDUCTIONS]
    shape = shape_of_values(losses[0], case)
    given = weights_and_masks(case, shape)

    def ours(output, target, given):
        found = [value_of(loss, target, output, *each) for loss in losses for each in given]
        return weighed(found), found

    def theirs(output, target, given):
        found = [of_keras(t, target, output, *each, shape) for t in twins for each in given]
        return weighed(found), found

    @jax.jit
    def both(output, target, given):
        return [
            jax.grad(function, has_aux=True)(output, target, given) for function in (ours, theirs)
        ]

    found, expected = both(case.output, case.target, given)
    names = [f"{r}, {describe(*each)}" for r in REDUCTIONS for each in given]
    for name, a, b in zip(names, found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, RTOL, ATOL, err_msg=name)
    assert np.isfinite(found[0]).all()
    if np.isfinite(expected[0]).all():
        np.testing.assert_allclose(found[0], expected[0], RTOL, ATOL, err_msg="gradient")


def weighed(values):
    """A sum in which no value and no gradient hides."""
    return sum(value * (1.0 + 0.1 * i) for i, value in enumerate(values))


def describe(weights, mask):
    named = {"weights": weights, "mask": mask}
    return ", ".join(
        f"{'some' if array.any() else 'no'} {name}"
        for name, array in named.items()
        if array is not None
    )


@pytest.mark.parametrize("kind", LOSSES)
def test_every_argument_of_a_loss_has_a_case(kind):
    defaults = {name: field.default for name, field in LOSSES[kind].model_fields.items()}
    varied = {n for case in CASES[kind] for n, v in case.arguments.items() if v != defaults[n]}
    assert varied | NOT_OF_KERAS.get(kind, set()) == set(LOSSES[kind].own_fields())

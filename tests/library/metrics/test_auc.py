from functools import cache
from itertools import product

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.metrics.auc import AUC
from tests.library.losses.parity import fractions, labels, numbers
from tests.library.metrics.parity import assert_same, in_batches, measured

LEARNED = np.clip(
    0.6 * labels(14, classes=2, seed=5) + 0.4 * fractions(14, seed=6) - 0.05, 0.0, 1.0
).astype("float32")
TARGET = labels(14, classes=2, seed=5)
ONE, TWO = TensorType((1,)), TensorType((2,))


OUTPUTS = {"learned": LEARNED, "by chance": fractions(14)}
CURVES = ["ROC", "PR", "PRGAIN"]
METHODS = ["interpolation", "minoring", "majoring"]


@cache
def areas(name):
    """Ours and Keras's, of every curve and method: they add up the same sums."""
    target, output = TARGET[:, None], OUTPUTS[name][:, None]
    metric = AUC(num_thresholds=11)
    zeros = {name: jnp.zeros(shape) for name, shape in metric.sums(ONE, ONE).items()}
    update = metric.update()

    @jax.jit
    def ours():
        sums = update.function(target, output, jnp.ones(14), **zeros, **update.settings)
        results = [
            AUC(curve=curve, summation_method=method).result()
            for curve, method in product(CURVES, METHODS)
        ]
        return [result.function(**sums, **result.settings) for result in results]

    @jax.jit
    def theirs():
        twin = keras.metrics.AUC(num_thresholds=11)
        sums = twin.stateless_update_state([v.value for v in twin.variables], target, output)
        return [
            keras.metrics.AUC(11, curve=curve, summation_method=method).stateless_result(sums)
            for curve, method in product(CURVES, METHODS)
        ]

    return dict(zip(product(CURVES, METHODS), zip(ours(), theirs(), strict=True), strict=True))


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", OUTPUTS)
def test_areas_are_those_of_keras(curve, method, name):
    found, expected = areas(name)[curve, method]
    np.testing.assert_allclose(found, expected, 1e-4, 1e-6)


CASES = [
    pytest.param({}, TARGET, LEARNED, id="defaults, no last axis"),
    pytest.param({}, labels(9, 3, classes=2), fractions(9, 3), id="several outputs in one curve"),
    pytest.param({"num_thresholds": 2}, TARGET, LEARNED, id="no threshold between"),
    pytest.param(
        {"num_thresholds": 3, "curve": "PR"},
        np.array([1, 0, 1, 1, 0]),
        np.array([0.5, 0.5, 0.0, 1.0, 0.7], "float32"),
        id="outputs on thresholds",
    ),
    pytest.param(
        {"thresholds": [0.3, 0.5]},
        np.array([1, 0, 1, 0]),
        np.array([0.5, 0.3, 0.3, 0.2], "float32"),
        id="outputs on thresholds of your own",
    ),
    pytest.param({"thresholds": [0.9, 0.1, 0.35]}, TARGET, LEARNED, id="thresholds in disorder"),
    pytest.param({"thresholds": [0.5], "curve": "PR"}, TARGET, LEARNED, id="one threshold"),
    pytest.param({"from_logits": True}, TARGET, numbers(14), id="logits"),
    pytest.param(
        {"label_weights": [0.5, 2.0, 1.0]},
        labels(9, 3, classes=2),
        fractions(9, 3),
        id="weights of labels in one curve",
    ),
    pytest.param(
        {"multi_label": True, "num_labels": 3},
        labels(9, 3, classes=2),
        fractions(9, 3),
        id="a curve per label",
    ),
    pytest.param(
        {"multi_label": True}, labels(9, 2, classes=2), fractions(9, 2), id="labels by the output"
    ),
    pytest.param(
        {"multi_label": True, "num_labels": 3, "curve": "PR", "label_weights": [1.0, 0.0, 3.0]},
        labels(9, 3, classes=2),
        fractions(9, 3),
        id="a curve per label, weighted",
    ),
    pytest.param({}, np.ones(5, "int32"), fractions(5), id="no negatives"),
    pytest.param({"curve": "PR"}, np.zeros(5, "int32"), fractions(5), id="no positives"),
    pytest.param({}, np.array([0.0, 0.2, 1.0], "float32"), fractions(3), id="soft targets"),
]


@pytest.mark.parametrize(("arguments", "target", "output"), CASES)
def test_auc_computes_what_keras_computes(arguments, target, output):
    batches = in_batches(target, output)
    assert_same(AUC.model_validate(arguments), keras.metrics.AUC(**arguments), batches)


def test_a_curve_per_label_takes_thresholds_of_its_own():
    # `jax.jit` cannot trace this case of Keras.
    arguments = {"multi_label": True, "num_labels": 2, "thresholds": [0.2, 0.7]}
    batches = in_batches(labels(9, 2, classes=2), fractions(9, 2))
    twin = keras.metrics.AUC(**arguments)
    assert_same(AUC.model_validate(arguments), twin, batches, traced=False)


def test_a_perfect_order_has_area_one_and_its_opposite_none():
    target, output = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.7, 0.9], "float32")
    assert measured(AUC(), [(target, output)]) == pytest.approx(1.0)
    assert measured(AUC(), [(1 - target, output)]) == pytest.approx(0.0)


def test_labels_are_counted_by_their_weights():
    metric = AUC(multi_label=True, label_weights=(1.0, 2.0))
    assert set(metric.sums(TWO, TWO).values()) == {(200, 2)}


def test_the_output_tells_the_number_of_labels():
    assert set(AUC(multi_label=True).sums(TWO, TWO).values()) == {(200, 2)}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        pytest.param({"multi_label": True, "num_labels": 3}, TWO, id="other number"),
        pytest.param({"label_weights": (1.0,)}, TWO, id="too few weights"),
        pytest.param({"multi_label": True}, TensorType((2, 2)), id="labels by position"),
    ],
)
def test_labels_have_to_be_those_of_the_output(arguments, kind):
    with pytest.raises(ShapeError, match="label"):
        AUC(**arguments).sums(kind, kind)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"num_labels": 2}, "needs `multi_label: true`", id="labels without curves"),
        pytest.param(
            {"multi_label": True, "num_labels": 2, "label_weights": [1.0]},
            "1 `label_weights` for 2 labels",
            id="weights do not fit",
        ),
        pytest.param({"thresholds": [1.5]}, "less than or equal to 1", id="threshold above 1"),
        pytest.param({"num_thresholds": 1}, "greater than or equal to 2", id="one threshold"),
    ],
)
def test_auc_refuses_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        AUC.model_validate(arguments)

import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError
from kc.library.tapers import TAPERS

KERNEL = (3, 4, 20, 50)  # a window of 12, 20 inputs, 50 outputs: 12,000 values
MATRIX = (120, 100)
FIXED = {"zeros", "ones", "constant", "identity", "stft"}
"""Kinds without random numbers."""
CASES = [
    pytest.param(kind, arguments, shape, id=f"{kind} {arguments} {shape}")
    for kind, arguments, shape in [
        ("zeros", {}, MATRIX),
        ("ones", {}, MATRIX),
        ("constant", {"value": -1.5}, MATRIX),
        ("random_uniform", {}, MATRIX),
        ("random_uniform", {"minval": 1.0, "maxval": 4.0}, MATRIX),
        ("random_normal", {}, MATRIX),
        ("random_normal", {"mean": 2.0, "stddev": 0.5}, MATRIX),
        ("truncated_normal", {}, MATRIX),
        ("truncated_normal", {"mean": -1.0, "stddev": 2.0}, MATRIX),
        ("glorot_uniform", {}, MATRIX),
        ("glorot_uniform", {}, KERNEL),
        ("glorot_uniform", {}, (9000,)),
        ("glorot_normal", {}, KERNEL),
        ("he_uniform", {}, KERNEL),
        ("he_uniform", {"input_axes": [1], "output_axes": [0, 3]}, KERNEL),
        ("he_normal", {}, MATRIX),
        ("lecun_uniform", {}, KERNEL),
        ("lecun_normal", {}, KERNEL),
        ("variance_scaling", {}, KERNEL),
        *(
            ("variance_scaling", {"scale": 3.0, "mode": mode, "distribution": distribution}, KERNEL)
            for mode in ("fan_in", "fan_out", "fan_avg")
            for distribution in ("truncated_normal", "untruncated_normal", "uniform")
        ),
        *(
            (kind, {"input_axes": [1, 2], "output_axes": [0, 3]}, KERNEL)
            for kind in (
                "glorot_uniform",
                "glorot_normal",
                "he_normal",
                "lecun_uniform",
                "lecun_normal",
            )
        ),
        ("identity", {}, (3, 4)),
        ("identity", {"gain": -2.0}, (4, 3)),
        ("orthogonal", {}, MATRIX),
        ("orthogonal", {"gain": 3.0}, KERNEL),
        ("orthogonal", {}, (9, 20, 200)),
        ("stft", {}, (16, 1, 9)),
        (
            "variance_scaling",
            {"mode": "fan_out", "input_axes": [0, 2], "output_axes": [3]},
            KERNEL,
        ),
    ]
]


def draw(kind, arguments, shape, key=0):
    call = entries("initializer")[kind].model_validate(arguments).lower()
    return np.asarray(call.function(jax.random.key(key), shape, **call.settings))


def drawn_by_keras(kind, arguments, shape):
    known = arguments if kind in FIXED else {"seed": 1, **arguments}
    return np.asarray(getattr(keras.initializers, kind)(**known)(shape))


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES)
def test_first_values_are_distributed_as_in_keras(kind, arguments, shape):
    ours, theirs = draw(kind, arguments, shape), drawn_by_keras(kind, arguments, shape)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float32
    spread = theirs.std()
    # Of n values the mean strays by spread / sqrt(n), the spread by less than that.
    tolerance = 6 * spread / np.sqrt(ours.size)
    assert abs(ours.mean() - theirs.mean()) <= tolerance
    assert abs(ours.std() - spread) <= tolerance
    quantiles = [0.01, 0.1, 0.25, 0.75, 0.9, 0.99]
    np.testing.assert_allclose(
        np.quantile(ours, quantiles), np.quantile(theirs, quantiles), atol=0.1 * spread + 1e-9
    )


def test_every_initializer_is_compared_with_keras():
    assert {case.values[0] for case in CASES} == set(entries("initializer"))


ELSEWHERE = {"seed", "window", "side", "scaling", "periodic"}
"""Arguments that tests of their own look at."""


@pytest.mark.parametrize("kind", entries("initializer"))
def test_every_argument_of_an_initializer_has_a_case(kind):
    varied = {name for case in CASES if case.values[0] == kind for name in case.values[1]}
    assert set(entries("initializer")[kind].model_fields) <= varied | ELSEWHERE


@pytest.mark.parametrize(
    ("kind", "arguments", "shape", "limit"),
    [
        pytest.param("glorot_uniform", {}, KERNEL, np.sqrt(6 / (12 * 70)), id="glorot"),
        pytest.param("he_uniform", {}, KERNEL, np.sqrt(6 / (12 * 20)), id="he"),
        pytest.param("lecun_uniform", {}, MATRIX, np.sqrt(3 / 120), id="lecun"),
        pytest.param("truncated_normal", {"stddev": 0.5}, MATRIX, 1.0, id="two deviations"),
        pytest.param(
            "he_normal",
            {},
            MATRIX,
            2 * np.sqrt(2 / 120) / 0.87962566103423978,
            id="two corrected deviations",
        ),
    ],
)
def test_values_fill_their_range_and_stay_in_it(kind, arguments, shape, limit):
    largest = np.abs(draw(kind, arguments, shape)).max()
    assert 0.97 * limit < largest <= limit * (1 + 1e-6)


@pytest.mark.parametrize(
    ("shape", "variance"),
    [
        pytest.param((), 1.0, id="scalar"),
        pytest.param((4,), 1 / 4, id="vector"),
        pytest.param((5, 7), 1 / 5, id="matrix"),
        pytest.param((2, 5, 7), 1 / 10, id="kernel"),
    ],
)
def test_fans_follow_the_shape(shape, variance):
    arguments = {"distribution": "untruncated_normal"}
    normal = np.asarray(jax.random.normal(jax.random.key(0), shape))
    np.testing.assert_allclose(
        draw("variance_scaling", arguments, shape), np.sqrt(variance) * normal, 1e-5
    )


@pytest.mark.parametrize("kind", sorted(set(entries("initializer")) - FIXED))
def test_a_seed_takes_the_place_of_the_key(kind):
    assert (draw(kind, {}, (3, 4)) != draw(kind, {}, (3, 4), key=1)).any()
    seeded = draw(kind, {"seed": 7}, (3, 4))
    np.testing.assert_array_equal(seeded, draw(kind, {"seed": 7}, (3, 4), key=1))
    assert (seeded != draw(kind, {"seed": 8}, (3, 4))).any()


def test_input_and_output_axes_go_together():
    with pytest.raises(ValidationError, match="go together"):
        entries("initializer")["he_normal"].model_validate({"input_axes": [0]})


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 2, 5)], ids=str)
def test_orthogonal_vectors_stand_at_right_angles(shape):
    matrix = draw("orthogonal", {"gain": 2.0}, shape).reshape(-1, shape[-1])
    rows, columns = matrix.shape
    products = matrix @ matrix.T if rows < columns else matrix.T @ matrix
    np.testing.assert_allclose(products, 4 * np.eye(min(rows, columns)), atol=1e-5)


@pytest.mark.parametrize("window", [*TAPERS, None, (0.5, 1.0, -0.5, 0.25)], ids=str)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"side": "imag", "scaling": "spectrum"},
        {"side": "imag", "scaling": None, "periodic": True},
    ],
    ids=str,
)
def test_fourier_kernels_are_those_of_keras(window, arguments):
    shape = (4, 1, 9)
    ours = draw("stft", {"window": window, **arguments}, shape)
    values = np.array(window) if isinstance(window, tuple) else window
    theirs = keras.initializers.STFT(window=values, **arguments)(shape)
    np.testing.assert_allclose(ours, theirs, 1e-4, 1e-6)


@pytest.mark.parametrize(
    ("kind", "arguments", "shape", "message"),
    [
        pytest.param("identity", {}, (3,), "needs 2 axes, not 1", id="identity"),
        pytest.param("orthogonal", {}, (3,), "needs 2 axes or more, not 1", id="orthogonal"),
        pytest.param("stft", {}, (16, 2, 9), "needs the shape", id="channels"),
        pytest.param("stft", {"window": [1.0]}, (16, 1, 9), "has 1 values, not 16", id="window"),
    ],
)
def test_shapes_that_cannot_be_made_are_refused(kind, arguments, shape, message):
    with pytest.raises(ShapeError, match=message):
        entries("initializer")[kind].model_validate(arguments).check(shape)

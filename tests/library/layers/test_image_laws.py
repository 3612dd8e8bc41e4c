"""What holds for every random layer over images."""

import numpy as np
import pytest

from kc.core.registry import entries
from kc.core.types import TensorType
from tests.emit.same import assert_same_model
from tests.library.images import images, ours
from tests.models import compiled, sampled

FULL = {
    "random_flip": {},
    "random_translation": {"height_factor": 0.3, "width_factor": 0.3},
    "random_rotation": {"factor": 0.2},
    "random_zoom": {"height_factor": 0.3},
    "random_shear": {"x_factor": 0.3, "y_factor": 0.2},
    "random_perspective": {"factor": [1, 1], "scale": 0.5},
    "random_contrast": {"factor": 0.5},
    "random_brightness": {"factor": 0.3},
    "random_hue": {"factor": 0.5},
    "random_saturation": {"factor": [0.0, 0.9]},
    "random_sharpness": {"factor": 1.0},
    "random_grayscale": {"factor": 0.5},
    "random_invert": {"factor": [0.5, 0.5]},
    "random_posterization": {"factor": [1, 6]},
    "random_color_degeneration": {"factor": 1.0},
    "solarization": {"addition_factor": 0.3, "threshold_factor": [0.3, 0.7]},
    "random_gaussian_blur": {"factor": [1, 1], "sigma": [0.3, 1.0]},
    "random_erasing": {"factor": [1, 1]},
    "random_elastic_transform": {"factor": [1, 1], "scale": [0.5, 1.0]},
    "random_color_jitter": {
        "brightness_factor": 0.2,
        "contrast_factor": 0.2,
        "saturation_factor": [0.2, 0.7],
        "hue_factor": 0.3,
    },
    "rand_augment": {},
    "aug_mix": {"num_chains": 2, "chain_depth": 2, "alpha": 0.7},
}
"""Layers with arguments under which most examples change."""
PROBABLE = [
    "random_perspective", "random_invert", "random_gaussian_blur", "random_erasing",
    "random_elastic_transform", "random_grayscale",
]  # fmt: skip
"""Layers whose ``factor`` is the chance of an example."""
SAMPLE = {"random_flip", "random_rotation", "random_contrast", "random_erasing"}
KINDS = pytest.mark.parametrize("kind", sampled(FULL, SAMPLE))


@KINDS
def test_outside_of_training_images_stay(kind):
    x = images().astype("uint8")
    np.testing.assert_array_equal(ours({kind: FULL[kind]}, x, train=False), x)


@KINDS
def test_examples_are_drawn_by_themselves(kind):
    x = np.repeat(images(batch=1), 12, axis=0)
    y = ours({kind: FULL[kind]}, x)
    assert len({example.tobytes() for example in y}) > 1


@KINDS
def test_values_stay_in_their_range(kind):
    y = ours({kind: FULL[kind]}, images(batch=12))
    assert y.min() >= -1e-3
    assert y.max() <= 255 + 1e-3


@KINDS
def test_keys_and_seeds_draw_differently(kind):
    x = images(batch=12)
    first = ours({kind: FULL[kind]}, x)
    np.testing.assert_array_equal(first, ours({kind: FULL[kind]}, x))
    assert (first != ours({kind: FULL[kind]}, x, key=1)).any()
    assert (first != ours({kind: {**FULL[kind], "seed": 1}}, x)).any()


@KINDS
def test_what_is_printed_is_what_runs(kind):
    assert_same_model(compiled([{kind: FULL[kind]}], {"x": TensorType((8, 8, 3))}))


@pytest.mark.parametrize("kind", sampled(PROBABLE, SAMPLE))
def test_factor_is_the_chance_of_an_example(kind):
    x = images(batch=64)
    factor = 0.25 if kind == "random_grayscale" else [0.25, 0.25]
    y = ours({kind: {**FULL[kind], "factor": factor}}, x)
    changed = (np.abs(y - x) > 1e-3).any((1, 2, 3)).mean()
    assert 0.1 < changed < 0.42


@pytest.mark.parametrize("kind", sampled(PROBABLE, SAMPLE))
def test_a_chance_of_0_changes_nothing(kind):
    x = images()
    factor = 0.0 if kind == "random_grayscale" else 0
    np.testing.assert_array_equal(ours({kind: {**FULL[kind], "factor": factor}}, x), x)


def test_every_random_image_layer_is_here():
    random = {kind for kind in entries("layer") if kind.startswith("random_")}
    assert random - {"random_crop"} <= FULL.keys()

"""Preprocessing layers are printed as they run."""

import numpy as np
import pytest

from kc.compiler.lower.host import preprocess
from kc.core.types import TensorType
from tests.emit.same import assert_same_model, generated
from tests.models import compiled, random_arrays

IMAGE, IDS, SIGNAL = TensorType((8, 8, 3)), TensorType((5,), "int32"), TensorType((40, 2))
ITEMS = [
    ({"resizing": {"height": 4, "width": 9, "crop_to_aspect_ratio": True}}, IMAGE),
    ({"resizing": {"height": 4, "width": 9}}, TensorType((8, 8, 3), "uint8")),
    ({"center_crop": {"height": 4, "width": 9}}, IMAGE),
    ({"random_crop": {"height": 4, "width": 3}}, IMAGE),
    ("auto_contrast", IMAGE),
    ("equalization", IMAGE),
    ("contrast_limited_adaptive_histogram_equalization", IMAGE),
    ({"normalization": {"mean": [0.0, 1.0, 2.0], "variance": [1.0, 1.0, 4.0]}}, IMAGE),
    ({"discretization": {"bin_boundaries": [0.0, 1.0], "output_mode": "one_hot"}}, IMAGE),
    ({"category_encoding": 4}, IDS),
    ({"integer_lookup": {"vocabulary": [3, 1], "mask_token": 0}}, IDS),
    ({"integer_lookup": {"vocabulary": [3, 1], "output_mode": "count"}}, IDS),
    ({"integer_lookup": {"vocabulary": [3, 1], "invert": True}}, IDS),
    ({"hashing": {"num_bins": 4, "mask_value": 0}}, IDS),
    ({"hashing": {"num_bins": 4, "salt": 3}}, IDS),
    ({"mel_spectrogram": {"fft_length": 8, "sequence_stride": 4, "mag_exp": 1.0}}, SIGNAL),
    ({"stft_spectrogram": {"frame_length": 6, "mode": "psd"}}, SIGNAL),
]


@pytest.mark.parametrize(("item", "kind"), ITEMS, ids=str)
def test_what_is_printed_is_what_runs(item, kind):
    assert_same_model(compiled([item], {"x": kind}))


TEXTS = [
    ({"hashing": {"num_bins": 4, "mask_value": "cat", "salt": 3}}, (2,)),
    ({"hashing": {"num_bins": 4, "output_mode": "count"}}, (2,)),
    ({"string_lookup": {"vocabulary": ["cat"], "num_oov_indices": 2}}, (2,)),
    ({"string_lookup": {"vocabulary": ["cat"], "output_mode": "multi_hot"}}, (2,)),
    ({"text_vectorization": {"vocabulary": ["cat"], "output_sequence_length": 3}}, ()),
    ({"text_vectorization": {"vocabulary": ["cat"], "output_mode": "count", "ngrams": 2}}, ()),
]


@pytest.mark.parametrize(("item", "shape"), TEXTS, ids=str)
def test_what_is_printed_for_text_is_what_runs(item, shape):
    model = compiled([item], {"x": TensorType(shape, "string")})
    given = random_arrays(model.program.given, 5, np.random.default_rng(0))
    found = generated(model)["preprocess"](given)
    for name, expected in preprocess(model.program, given).items():
        np.testing.assert_array_equal(found[name], expected)

"""What holds for all tests."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # read when Keras, our truth from outside, is imported

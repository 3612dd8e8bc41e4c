"""Most of the time of these tests is XLA optimizing programs that run once, on a few numbers."""

import jax
import pytest


@pytest.fixture(autouse=True, scope="package")
def compile_quickly():
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)

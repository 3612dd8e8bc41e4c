"""What holds for all tests."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["KERAS_BACKEND"] = "jax"  # read when Keras, our truth from outside, is imported


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Rewrite expected outputs; read the difference.",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


# Tests compile the same small programs again and again, in this process and in others.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(tempfile.gettempdir(), "kc-test-compile-cache"))
)


@pytest.fixture(autouse=True, scope="module")
def _forget_compiled_programs() -> Iterator[None]:
    """JAX keeps every program that it compiled: thousands of tests would fill the memory."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()

"""What is printed is what runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kc.core.registry import Entry, entries
from kc.core.types import TensorType
from tests.emit.same import assert_same_model, assert_same_training, compiled_file
from tests.models import compiled

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    path
    for folder in ("examples", "specs", "kc/cli/templates", "tests/emit/specs")
    for path in (ROOT / folder).rglob("*.yaml")
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SPECS, ids=named)
def test_generated_model_is_the_program(path):
    assert_same_model(compiled_file(path))


@pytest.mark.parametrize("path", SPECS, ids=named)
def test_generated_training_is_the_program(path):
    model = compiled_file(path)
    if model.training is None:
        pytest.skip("no section `training`")
    assert_same_training(model)


def without_arguments(family: str) -> list[str]:
    """Entries that need no argument."""

    def complete(entry: type[Entry]) -> bool:
        return not any(field.is_required() for field in entry.model_fields.values())

    return [kind for kind, entry in entries(family).items() if complete(entry)]


TWO_ROWS = {"x": TensorType((2, 4))}
FLAT = {"circle": ["flatten"]}
"""What comes before losses that take one row."""


@pytest.mark.parametrize("kind", without_arguments("optimizer"))
def test_every_optimizer_is_printed(kind):
    layers = [{"dense": {"units": 1}}]
    assert_same_training(
        compiled(layers, TWO_ROWS, {"loss": "mean_squared_error", "optimizer": kind})
    )


@pytest.mark.parametrize("kind", without_arguments("loss"))
def test_every_loss_is_printed(kind):
    layers = [{"dense": {"units": 2, "activation": "softmax"}}, *FLAT.get(kind, [])]
    assert_same_training(compiled(layers, TWO_ROWS, {"loss": kind}))


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("loss", ["huber", "dice"])
def test_the_reduction_of_a_loss_is_printed(loss, reduction):
    training = {"loss": {loss: {"reduction": reduction}}}
    assert_same_training(compiled(["flatten"], TWO_ROWS, training))


@pytest.mark.parametrize("kind", without_arguments("activation"))
def test_every_activation_is_printed(kind):
    assert_same_model(compiled([kind], TWO_ROWS))


@pytest.mark.parametrize("kind", without_arguments("initializer"))
def test_every_initializer_is_printed(kind):
    layer = {"dense": {"units": 3, "kernel_initializer": kind}}
    if kind == "stft":
        layer = {"conv1d": {"filters": 3, "kernel_size": 2, "kernel_initializer": kind}}
    assert_same_model(compiled([{"dense": 1}, layer], TWO_ROWS))

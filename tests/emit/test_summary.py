"""The summary as data; ``test_golden`` shows it as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from kc.core.types import TensorType
from kc.emit.summary import INPUT, SummaryRow, size, summary_rows, summary_text
from tests.emit.same import compiled_file

SPECS = Path(__file__).parent / "specs"


def test_inputs_come_first():
    rows = summary_rows(compiled_file(SPECS / "siamese.yaml"))
    assert rows[0] == SummaryRow("left", INPUT, TensorType((12,)), 0, 0, 0, ())


def test_shared_weights_count_once():
    rows = {row.name: row for row in summary_rows(compiled_file(SPECS / "siamese.yaml"))}
    assert (rows["a/dense"].parameters, rows["a/dense"].shares) == (104, None)
    assert (rows["b/dense"].parameters, rows["b/dense"].shares) == (0, "a/dense")
    assert rows["b/dropout"].shares is None


@pytest.mark.parametrize("name", ["convnet", "siamese", "inference_only"])
def test_rows_add_up_to_the_facts(name):
    compiled = compiled_file(SPECS / f"{name}.yaml")
    rows = summary_rows(compiled)
    assert sum(row.parameters for row in rows) == compiled.facts.parameters
    assert sum(row.state for row in rows) == compiled.facts.state
    assert sum(row.flops for row in rows) == compiled.facts.flops


@pytest.mark.parametrize("width", [40, 60, 100])
def test_text_keeps_to_its_width(width):
    text = summary_text(compiled_file(SPECS / "siamese.yaml"), width)
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_234_567, "1.23 MB"),
        (999_900, "1 MB"),
        (10**15, "1e+03 TB"),
    ],
)
def test_sizes_are_short(count, text):
    assert size(count) == text

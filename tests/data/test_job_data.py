from pathlib import Path

import numpy as np
import pytest

from kc.compiler.pipeline import compile as compile_spec
from kc.compiler.plan.plan import plan
from kc.core import codes
from kc.core.data import DataError
from kc.core.diagnostic import CompileError, Report
from kc.core.span import SourceText, Span
from kc.runtime.data.job import data_hash, examples
from kc.runtime.data.place import placed
from kc.runtime.data.split import Splits

SPAN = Span(SourceText("spec.yaml", "a: 1"), 1, 1, 1, 2)
SPEC = """kc: 1
data: {source: %s, split: {validation: 0.1, test: 0.1, stratify: true}}
model: {inputs: {x: [8, 8, 1]}, layers: [flatten, {dense: {units: %d, activation: softmax}}]}
training: {loss: sparse_categorical_crossentropy}
"""


def loaded(source: str, units: int = 10, folder: Path = Path()) -> Splits:
    text = SourceText("spec.yaml", SPEC % (source, units))
    return examples(plan(compile_spec(text, (), Report())), folder)


def test_a_job_gets_its_parts_in_the_names_and_types_of_the_model():
    parts = loaded("digits")
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (1437, 180, 180)
    assert {n: a.shape[1:] for n, a in parts.test.inputs.items()} == {"x": (8, 8, 1)}
    assert {n: str(a.dtype) for n, a in parts.test.targets.items()} == {"dense": "int32"}


def test_paths_are_relative_to_the_folder(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.zeros((20, 8, 8)), y=np.arange(20) % 2)
    parts = loaded("{npz: {path: d.npz, target: y}}", folder=tmp_path)
    assert len(parts.train) == 16


def test_messages_count_examples_as_the_file_does(tmp_path):
    labels = np.zeros(20, int)
    labels[13] = 7
    np.savez(tmp_path / "d.npz", x=np.zeros((20, 8, 8)), y=labels)
    with pytest.raises(CompileError, match="the label 7 of example 13 has no output"):
        loaded("{npz: {path: d.npz, target: y}}", units=2, folder=tmp_path)


def test_the_hash_of_data_tells_them_apart(tmp_path):
    def hashed(first: float) -> str:
        x = np.zeros((20, 8, 8))
        x[0] = first
        np.savez(tmp_path / "d.npz", x=x, y=np.arange(20) % 2)
        return data_hash(loaded("{npz: {path: d.npz, target: y}}", folder=tmp_path))

    assert hashed(0) == hashed(0)
    assert hashed(0) != hashed(1)


def refused(error: DataError, span: Span | None) -> CompileError:
    def fail() -> None:
        raise error

    with pytest.raises(CompileError) as caught:
        placed(fail, lambda path, word: span)
    return caught.value


def test_a_data_error_gets_the_place_of_the_source():
    (finding,) = refused(DataError(codes.DATA_FILE, "no file", "write one"), SPAN).report
    assert (finding.span, finding.code.id) == (SPAN, "KC401")
    assert (finding.message, finding.help) == ("no file", "write one")


def test_a_data_error_keeps_a_closer_place():
    closer = Span(SPAN.source, 1, 4, 1, 5)
    (finding,) = refused(DataError(codes.BAD_TARGET, "no", span=closer), SPAN).report
    assert finding.span is closer

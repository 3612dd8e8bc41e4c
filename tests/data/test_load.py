from pathlib import Path

import pytest

from kc.core import codes
from kc.core.data import DataError, located
from kc.core.diagnostic import CompileError
from kc.core.span import SourceText, Span
from kc.runtime.data.load import load
from kc.schemas.data import Data

SPAN = Span(SourceText("spec.yaml", "a: 1"), 1, 1, 1, 2)


def test_digits_come_in_parts():
    data = Data.model_validate(
        {"source": "digits", "split": {"validation": 0.1, "test": 0.1, "stratify": True}}
    )
    parts = load(data, Path())
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (1437, 180, 180)
    assert {n: a.shape[1:] for n, a in parts.test.inputs.items()} == {"image": (8, 8, 1)}


def test_a_table_loads_relative_to_the_folder(tmp_path):
    (tmp_path / "wine.csv").write_text("x,y\n1,0\n2,1\n")
    data = Data.model_validate({"source": {"csv": {"path": "wine.csv", "target": "y"}}})
    assert len(load(data, tmp_path).train) == 2


def test_a_data_error_gets_the_place_of_the_source():
    with pytest.raises(CompileError) as caught, located(SPAN):
        raise DataError(codes.DATA_FILE, "no file", "write one")
    (diagnostic,) = caught.value.report
    assert diagnostic.span is SPAN
    assert (diagnostic.code.id, diagnostic.message, diagnostic.help) == (
        "KC401",
        "no file",
        "write one",
    )


def test_a_data_error_keeps_a_closer_place():
    closer = Span(SPAN.source, 1, 4, 1, 5)
    with pytest.raises(CompileError) as caught, located(SPAN):
        raise DataError(codes.BAD_TARGET, "no", span=closer)
    (diagnostic,) = caught.value.report
    assert diagnostic.span is closer

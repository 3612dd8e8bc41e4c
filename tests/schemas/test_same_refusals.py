"""What the schema refuses kc refuses, and where a schema can tell, the other way round.

Each field of each entry gets values of all kinds: most are wrong for it.
"""

from __future__ import annotations

from random import Random

import jsonschema
import pytest
import yaml

from kc.core.registry import families
from kc.schemas.json_schema import json_schema
from tests.hostile.mutants import as_json
from tests.models import sampled
from tests.specs import checking, value_of

VALUES = [None, True, -1, 0, 1, 1.5, -0.5, 2**31, "word", "a b", [], [1], [1, 2], [0, -1], ["a b"],
          [1, 2, 3, 4, 5], {}, {"a": 1}, {"relu": {}}]  # fmt: skip
OF_EACH = 5
ARITHMETIC = ["3 // 3", "1/2", "1 +"]
"""Each field gets these, too; whether the value is in its range is beyond a schema."""
SEEN_BY_A_SCHEMA = {"KC101", "KC103", "KC104", "KC105"}
"""Unknown keys and entries, types, ranges and words."""
COMPARED = "mean_squared_error"
SWEEP = {"objective": "loss", "space": {"training.batch_size": [8, 16]}}
PLACES = {
    "layer": lambda x: {"layers": [x]},
    "activation": lambda x: {"layers": [x]},
    "initializer": lambda x: {"layers": [{"dense": {"units": 2, "kernel_initializer": x}}]},
    "regularizer": lambda x: {"layers": [{"dense": {"units": 2, "kernel_regularizer": x}}]},
    "constraint": lambda x: {"layers": [{"dense": {"units": 2, "kernel_constraint": x}}]},
    "loss": lambda x: {"training": {"loss": x}},
    "metric": lambda x: {"training": {"loss": COMPARED, "metrics": [x]}},
    "optimizer": lambda x: {"training": {"loss": COMPARED, "optimizer": x}},
    "schedule": lambda x: {"training": {"loss": COMPARED, "optimizer": {"sgd": x}}},
    "callback": lambda x: {"training": {"loss": COMPARED, "callbacks": [x]}},
    "mixing": lambda x: {"training": {"loss": "categorical_crossentropy", "mix": [x]}},
    "source": lambda x: {"data": {"source": x}},
    "sampler": lambda x: {"sweep": {**SWEEP, "sampler": x}},
    "pruner": lambda x: {"sweep": {**SWEEP, "pruner": x}},
}
ENTRIES = {f"{family}.{kind}": cls for family in PLACES for kind, cls in families()[family].items()}
SAMPLE = Random(0).sample(sorted(ENTRIES), 12)


def text_of(family: str, entry: object) -> str:
    spec = PLACES[family](entry)
    model = {"inputs": {"x": [8, 8, 3]}, "layers": spec.pop("layers", ["relu"])}
    return yaml.safe_dump({"kc": 1, "model": model, **spec}, sort_keys=False)


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("name", sampled(ENTRIES, SAMPLE))
def test_schema_and_kc_refuse_the_same(name, validator):
    family, kind = name.split(".")
    random = Random(name)
    for field in [*ENTRIES[name].model_fields, "no_such_field"]:
        for value in [*random.sample(VALUES, OF_EACH), *ARITHMETIC]:
            text = text_of(family, {kind: {field: value}})
            refused = {d.code.id for d in checking(text) if d.severity == "error"}
            fits = validator.is_valid(as_json(value_of(text)))
            assert fits or refused, f"kc takes {field}: {value!r}"
            seen = SEEN_BY_A_SCHEMA - ({"KC104"} if value in ARITHMETIC else set())
            assert not (fits and refused & seen), f"the schema takes {field}: {value!r}"

"""Lists of layers as one: `block` and `repeated`."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from kc.library.layer import read_item, write_item
from kc.runtime.run_folder import to_yaml
from tests.specs import checking, typed

SPEC = """\
kc: 1
vars: {n: 4}
blocks:
  unit:
    params: {n: int}
    inputs: [a, b]
    layers: [{dense: $n, from: a}, {add: {}, from: [dense, b]}]
model:
  inputs: {x: [4]}
  layers:
    - {dense: 3, repeat: 2, name: start, trainable: false, precision: float16}
    - {dense: $n, for: {m: [1, 2]}, name: grow}
    - {unit: 4, from: [grow, x], repeat: 2}
    - {block: [relu, {dense: 2}], name: end}
"""


@pytest.mark.parametrize(
    "item",
    [
        {"block": [{"dense": 4}, "relu"], "name": "a"},
        {"repeated": {"layers": [{"dense": 4}, {"dense": 4}], "of": "dense"}},
    ],
)
def test_what_is_written_reads_back(item):
    written = write_item(read_item(item))
    assert write_item(read_item(json.loads(json.dumps(written)))) == written


@pytest.mark.parametrize("key", [{"name": "a"}, {"from": "x"}])
def test_a_repetition_says_nothing_of_itself(key):
    with pytest.raises(ValidationError, match="stand beside `repeated`"):
        read_item({"repeated": [{"dense": 4, **key}]})


def test_a_resolved_spec_means_the_same():
    def facts(text: str) -> object:
        return [
            (n.name, n.inputs, n.scope, n.trainable, n.precision, n.iterations, n.output)
            for n in typed(text).nodes
        ]

    from kc.compiler.pipeline import Report, check
    from kc.core.span import SourceText

    found = check(SourceText("spec.yaml", SPEC), (), Report())
    assert found is not None
    resolved = to_yaml(found[0].model_dump(exclude_defaults=True, by_alias=True) | {"kc": 1})
    assert "repeated" in resolved
    assert facts(resolved) == facts(SPEC)


def test_a_block_without_layers_is_its_input():
    text = (
        "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 2, name: a}, {block: []}, {dense: 1}]}"
    )
    assert typed(text).nodes[-1].inputs == ("a",)
    (finding,) = checking(text.replace("{block: []}", "{block: [], from: [a, a]}"))
    assert finding.code.id == "KC302"

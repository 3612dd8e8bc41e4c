"""The schema that editors use says the same as kc itself."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from kc.cli.init import TEMPLATES, template_text
from kc.compiler.pipeline import check
from kc.compiler.source.reader import decode, read
from kc.core.diagnostic import Report
from kc.core.reference import write_entry
from kc.core.registry import Entry, SpecModel, families, field_docs
from kc.core.tree import plain
from kc.schemas.docs import doc_of
from kc.schemas.json_schema import json_schema, schema_text

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("examples/**/spec.yaml"), *ROOT.glob("specs/**/*.yaml")]
SPECS = [path for path in FILES if "plugins:" not in path.read_text(encoding="utf-8")]
MOST_BYTES = 460_000
ENTRIES = [(family, kind) for family, known in families().items() for kind in known]


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data_of(text: str) -> object:
    tree = read(decode("spec.yaml", text.encode()), Report())
    return as_json(plain(tree))


def as_json(value: object) -> object:
    """Plain data with lists, as a JSON parser gives them."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, str) else value


def model(*layers: str, inputs: str = "{x: [8, 8, 1]}", rest: str = "") -> str:
    items = "".join(f"    - {layer}\n" for layer in layers)
    return f"kc: 1\n{rest}model:\n  inputs: {inputs}\n  layers:\n{items}"


def trained(training: str) -> str:
    return model("dense: 1", inputs="{x: [4]}", rest=f"training: {training}\n")


def test_the_file_is_fresh():
    path = ROOT / "schemas" / "kc.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(), "run `make schema`"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_specs_of_the_repository_fit(validator, path):
    validator.validate(data_of(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_fit(validator, template):
    validator.validate(data_of(template_text(template)))


GOOD = {
    "a word": model("flatten"),
    "an activation as a word": model("relu"),
    "an activation with arguments": model("elu: 0.5"),
    "a scalar main argument": model("dense: 4"),
    "a list as the main argument": model("reshape: [4, -1]"),
    "a map": model("dense: {units: 4, activation: relu}"),
    "an empty value": model("{flatten: , name: a}"),
    "reserved keys": model("{dense: 4, name: a}", "{dense: 4, from: x}", "{add: {}, from: [a, x]}"),
    "arithmetic": model("dense: 4 * 2 ** 3 // (1 + 1)"),
    "a fraction": model("rescaling: 1/16"),
    "a variable": model("dense: $width", rest="vars: {width: 4}\n"),
    "a variable with arithmetic": model("dense: min(4 * $width, 8)", rest="vars: {width: 4}\n"),
    "a variable for a word": model("{dense: {units: 1, activation: $a}}", rest="vars: {a: relu}\n"),
    "a pair as one number": model("{conv2d: {filters: 1, kernel_size: 3}}"),
    "a pair as two": model("{conv2d: {filters: 1, kernel_size: [3, 2]}}"),
    "an activation with arguments inside": model(
        "{dense: {units: 1, activation: {leaky_relu: {negative_slope: 0.1}}}}"
    ),
    "an initializer": model("{dense: {units: 1, kernel_initializer: {constant: 0.5}}}"),
    "no activation": model("{dense: {units: 1, activation: null}}"),
    "a list of layers": model("residual: [layer_normalization, {dense: 1}]"),
    "a repeat": model("{dense: 4, repeat: 2}", "{dense: 4, repeat: 1 + 1}"),
    "for and when": model("{dense: $n, for: {n: [4, 8]}}", "{dense: 4, when: not 1 > 2}"),
    "blocks": model(
        "unit",
        "unit: 3",
        "{unit: {n: 4}, repeat: 2, name: a}",
        rest="blocks: {unit: {params: {n: 4}, layers: [{dense: $n}]}}\n",
    ),
    "profiles": model("dense: 4", rest="profiles: {a: {training: {epochs: 1}}}\n"),
    "shared parts": model("{use: a, from: x}", rest="", inputs="{x: [4]}").replace(
        "  layers:", "  shared: {a: [{dense: 4}]}\n  layers:"
    ),
    "an input with a type": model(
        "embedding: [9, 2]", inputs="{x: {shape: [4], dtype: int32}}"
    ).replace("embedding: [9, 2]", "embedding: {input_dim: 9, output_dim: 2}"),
    "outputs as a list": model("{dense: 1, name: a}") + "  outputs: [a]\n",
    "outputs as a map": model("{dense: 1, name: a}") + "  outputs: {b: a}\n",
    "a loss as a word": trained("{loss: mean_squared_error}"),
    "a loss with arguments": trained("{loss: {binary_crossentropy: {from_logits: true}}}"),
    "a loss by output": trained("{loss: {dense: mean_squared_error}}"),
    "metrics as a list": trained("{loss: mean_squared_error, metrics: [mean_absolute_error]}"),
    "metrics by output": trained(
        "{loss: mean_squared_error, metrics: {dense: [mean_absolute_error]}}"
    ),
    "an optimizer with arguments": trained(
        "{loss: mean_squared_error, optimizer: {adam: {learning_rate: 1e-3}}}"
    ),
    "an optimizer with its main argument": trained(
        "{loss: mean_squared_error, optimizer: {sgd: 0.1}}"
    ),
    "callbacks": trained(
        "{loss: mean_squared_error, callbacks: [{early_stopping: {monitor: loss}}, checkpoint]}"
    ),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_both_take_good_specs(validator, text):
    report = Report()
    check(decode("spec.yaml", text.encode()), (), report)
    assert [d.message for d in report if d.severity == "error"] == []
    validator.validate(data_of(text))


BROKEN = {
    "an unknown key": model("dense: {unit: 4}"),
    "an unknown section": model("dense: 4", rest="optimizer: adam\n"),
    "an unknown key beside a layer": model("{dense: 4, nmae: a}"),
    "an unknown layer": model("dens: 4"),
    "an unknown word": model("flaten"),
    "an unknown activation": model("{dense: {units: 4, activation: rleu}}"),
    "an unknown loss": trained("{loss: mse}"),
    "an unknown optimizer": trained("{loss: mean_squared_error, optimizer: adan}"),
    "text for a number": model("dense: {units: many}"),
    "text for a boolean": model("{dense: {units: 4, use_bias: yes}}"),
    "a number for a word": model("{conv2d: {filters: 1, kernel_size: 3, padding: 1}}"),
    "a fraction for a whole number": model("dense: 4.5"),
    "a number out of range": model("dropout: 1.5"),
    "zero units": model("dense: 0"),
    "a word that is no choice": model("{conv2d: {filters: 1, kernel_size: 3, padding: full}}"),
    "three sizes": model("{conv2d: {filters: 1, kernel_size: [3, 3, 3]}}"),
    "two entries": model("{dense: 4, dropout: 0.1}"),
    "use and an entry": model("{use: a, dense: 4}"),
    "an unknown key of a block": model(
        "unit", rest="blocks: {unit: {parms: {n: 4}, layers: [{dense: 4}]}}\n"
    ),
    "a repeat of a fraction": model("{dense: 4, repeat: 1.5}"),
    "for without names": model("{dense: 4, for: [1, 2]}"),
    "no entry": model("{name: a}"),
    "a layer without its argument": model("dense"),
    "a missing argument": model("dense: {use_bias: false}"),
    "a missing loss": trained("{epochs: 3}"),
    "a missing section": "kc: 1\nname: a\n",
    "no version": model("dense: 4").removeprefix("kc: 1\n"),
    "another version": model("dense: 4").replace("kc: 1", "kc: 2"),
    "no layers": "kc: 1\nmodel: {inputs: {x: [4]}, layers: []}\n",
    "no inputs": model("dense: 4", inputs="{}"),
    "a negative size": model("dense: 4", inputs="{x: [-1]}"),
    "a name with a path": model("{dense: 4, name: ../a}"),
    "an input that is no name": model("dense: 4", inputs="{1x: [4]}"),
    "a list on top": "- 1\n",
    "a number for an item": model("4"),
    "two entries of an optimizer": trained(
        "{loss: mean_squared_error, optimizer: {adam: , sgd: }}"
    ),
    "arithmetic without an end": model("dense: 4 * many"),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_both_refuse_broken_specs(validator, text):
    report = Report()
    check(decode("spec.yaml", text.encode()), (), report)
    assert report.failed
    assert not validator.is_valid(data_of(text))


@pytest.fixture(scope="module")
def definitions():
    return json_schema()["$defs"]


def shown(part, definitions):
    """What an editor shows of a part: what stands there, and then what it refers to."""
    reference = part.get("$ref", "").removeprefix("#/$defs/")
    return {**shown(definitions[reference], definitions), **part} if reference else part


def arguments_of(name, definitions):
    fields = definitions[name]["anyOf"][0]["properties"]
    return {field: shown(part, definitions) for field, part in fields.items()}


@pytest.mark.parametrize(("family", "kind"), ENTRIES)
def test_each_argument_is_described(family, kind, definitions):
    name, cls = f"{family}.{kind}", families()[family][kind]
    assert definitions[name]["description"] == doc_of(cls).text
    docs = {field: text.replace("``", "`") for field, text in field_docs(cls).items()}
    found = arguments_of(name, definitions)
    assert {field: part.get("description") for field, part in found.items()} == docs


@pytest.mark.parametrize(("family", "kind"), ENTRIES)
def test_each_default_is_told(family, kind, definitions):
    found = arguments_of(f"{family}.{kind}", definitions)
    for field, about in families()[family][kind].model_fields.items():
        value = write_entry(about.default) if isinstance(about.default, Entry) else about.default
        # Sections explain theirs field by field.
        untold = about.is_required() or value is None or isinstance(value, SpecModel)
        told = as_json(found[field].get("default"))
        assert told == (None if untold else as_json(value)), field


@pytest.mark.parametrize("family", families())
def test_each_entry_is_offered(family, definitions):
    definition = definitions[family]
    words = {choice["const"] for choice in definition["anyOf"] if "const" in choice}
    [keys] = [choice["properties"] for choice in definition["anyOf"] if "properties" in choice]
    assert set(keys) == set(families()[family])
    assert words <= set(keys)


def test_defaults_are_as_a_spec_writes_them(definitions):
    fields = arguments_of("layer.conv2d", definitions)
    assert fields["strides"]["default"] == (1, 1)
    assert fields["kernel_initializer"]["default"] == "glorot_uniform"
    assert "default" not in fields["activation"]


def test_the_file_is_small_enough_to_be_read_at_each_opening():
    assert len(schema_text()) < MOST_BYTES


@pytest.mark.parametrize("word", ["$a1" * 80 + "!", "1" * 250 + "!", "1e" * 120 + "!"])
def test_the_pattern_of_expressions_does_not_backtrack(word):
    assert not re.search(json_schema()["$defs"]["expression"]["pattern"], word)


def test_references_lead_somewhere():
    schema = json_schema()
    found = set(re.findall(r'"#/\$defs/([^"]+)"', schema_text()))
    assert found <= set(schema["$defs"])


def test_a_docstring_has_its_parts():
    class Documented:
        """What it is.

        Shapes: any -> the same.

        Source: nowhere.

        Example:
            - documented: {a: 1}
            - documented
        """

    doc = doc_of(Documented)
    assert doc.summary == "What it is."
    assert doc.text == "What it is.\n\nShapes: any -> the same."
    assert doc.example == "- documented: {a: 1}\n- documented"

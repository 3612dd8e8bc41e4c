"""Specs with every key of the sections and of composition, good and broken, checked by both.

A table's text is a whole spec but for ``kc: 1`` and, where it is missing, ``model``.
"""

from __future__ import annotations

import jsonschema
import pytest

from kc.compiler.compose.options import Options
from kc.compiler.pipeline import check
from kc.compiler.source.reader import decode, read
from kc.core.diagnostic import CompileError, Report
from kc.core.tree import plain
from kc.schemas.json_schema import json_schema
from tests.hostile.mutants import as_json

MODEL = "model: {inputs: {x: [4]}, layers: [{dense: {units: 4, activation: sigmoid}, name: a}]}"
LOSS = "loss: mean_squared_error"


def data(text: str) -> str:
    return f"data: {{source: digits, {text}}}"


def training(text: str, loss: str = f"{LOSS}, ") -> str:
    return f"training: {{{loss}{text}}}"


def phase(text: str) -> str:
    return f"training: {{phases: {{p: {{{text}}}}}}}"


def callback(text: str) -> str:
    return training(f"callbacks: [{text}]")


def model(layers: str, inputs: str = "x: [4]", more: str = "") -> str:
    return f"model: {{inputs: {{{inputs}}}, layers: [{layers}]{more}}}"


def block(text: str, use: str = "b") -> str:
    return f"blocks: {{{text}}}\n{model(use)}"


GOOD = {
    "name": "name: my-run.1_a",
    "vars of all kinds": "vars: {a: 1, b: [1, x], e: true, c: {units: 3, activation: null}}\n"
    + model("{dense: $a, for: {q: $b}, when: $e}, {dense: $c, when: $e and $a < 2}"),
    "no data": "data:",
    "data.source as a word": "data: {source: digits}",
    "data.source as a map": "data: {source: {csv: {path: a.csv, target: y, features: [b, c]}}}",
    "data.source alone": "data: {source: {npz: a.npz}}",
    "data.split": data("split: {validation: 0.1, test: 1/4, stratify: true, seed: 3}"),
    "data.split in order": data("split: {test: 0.5, shuffle: false}"),
    "data.split by a column": data("split: {column: part, values: {validation: 8, test: [9, x]}}"),
    "data.split of groups": data("split: {group: patient, stratify: true, test: 0.1, seed: 2}"),
    "data.split by time": data("split: {time: date, shuffle: false, validation: 0.1}"),
    "data.split of folds": data("split: {folds: 5, fold: 1, test: 0.1, group: null}"),
    "data.split with variables": "vars: {g: null, s: true}\n"
    + data("split: {column: part, group: $g, shuffle: $s}"),
    "data.test of its own": data("test: {csv: test.csv}, split: {folds: 5, fold: 1}"),
    "data.validation of its own": data("validation: digits, split: {test: 0.1, column: null}"),
    "data.weight": data("weight: w"),
    "data.weight by output": data("weight: {a: w, b: v}"),
    "data.preprocess": data("preprocess: {x: [{rescaling: 1/255}, normalization]}"),
    "model.inputs with a type": model("flatten", "x: {shape: [4], dtype: float32}"),
    "model.inputs of unknown sizes": model("{conv1d: {filters: 1, kernel_size: 1}}",
                                           "x: [time, 3]"),
    "model.inputs of null": model("{conv1d: {filters: 1, kernel_size: 1}}", "x: [null, 3]"),
    "model.inputs by arithmetic": f"vars: {{n: 2}}\n{model('relu', 'x: [2 * $n, $n]')}",
    "model.inputs drawn": model("relu", "x: {shape: [4, 2 * 2], random: normal}"),
    "model.shared": model("{use: e, from: x, name: a}, {use: e, from: a}",
                          more=", shared: {e: [{dense: 4}]}"),
    "model.outputs": model("{dense: 1, name: a}, {dense: 2, from: a, name: b}",
                           more=", outputs: [a, b]"),
    "model.outputs as a map": model("{dense: 1, name: a}", more=", outputs: {made: a}"),
    "model.precision": model("{dense: 1, precision: float32}", more=", precision: bfloat16"),
    "item.from": model("{relu: , from: x}, {add: , from: [x, previous]}"),
    "item.trainable": model("{dense: 1, trainable: false}"),
    "item.remat": f"vars: {{again: true}}\n{model('{dense: 1, remat: $again}')}",
    "item.initial": model("{dense: {units: 1}, initial: {bias: [0.5], kernel: w.npz}}"),
    "item.initial from a file": model("{dense: 1, initial: w.npz}"),
    "an expression for a pair": model("{max_pooling2d: 1 + 1}", "x: [4, 4, 1]"),
    "an expression in a pair": model("{max_pooling2d: [1 + 1, 2]}", "x: [4, 4, 1]"),
    "an expression for edges": model("{zero_padding2d: 1 + 1}", "x: [4, 4, 1]"),
    "an expression in edges": model("{zero_padding2d: [1, [1, 1 + 1]]}", "x: [4, 4, 1]"),
    "edges of a sequence": model("{zero_padding1d: [1 + 1, 2]}, {cropping1d: 1}", "x: [4, 1]"),
    "a quoted number": model("{dense: '4'}"),
    "training.loss": training(""),
    "training.loss by output": training("loss: {a: mean_squared_error}", ""),
    "training.loss_weights": training("loss: {a: mean_squared_error}, loss_weights: {a: 1/2}", ""),
    "training.terms": training(f"terms: [{{value: a, {LOSS}, target: x, weight: -1}}, "
                               "{value: a, name: size}]", ""),
    "a term without a loss": training("terms: [{value: a, loss: null}]"),
    "balanced classes": training("class_weight: balanced", "loss: binary_crossentropy, "),
    "training.class_weight": training("class_weight: {0: 1}", "loss: binary_crossentropy, "),
    "training.optimizer": training("optimizer: {adam: {learning_rate: {cosine_decay: "
                                   "{initial_learning_rate: 0.1, decay_steps: 9 * 9}}}}"),
    "training.groups": training("groups: {slow: {layers: ['a*'], optimizer: {sgd: 1/1000}}}"),
    "training.phases": phase(f"trains: [a], {LOSS}, repeat: 2, optimizer: adam"),
    "training.metrics": training("metrics: [mean_absolute_error, {mean_squared_error: }]"),
    "training.metrics by output": training("metrics: {a: [mean_absolute_error]}"),
    "training.weighted_metrics": training("weighted_metrics: [mean_absolute_error]"),
    "training.batch_size": training("batch_size: 2 ** 5, epochs: 1 + 1, shuffle: false, seed: 7"),
    "training.epochs of a variable": f"vars: {{n: 2}}\n{training('epochs: $n, shuffle: true')}",
    "callbacks": callback("progress, checkpoint, {csv_logger: log.csv}"),
    "callbacks.early_stopping": callback("{early_stopping: {monitor: loss, patience: 1 + 2, "
                                         "mode: min, restore_best_weights: true}}"),
    "callbacks.reduce_lr_on_plateau": callback("{reduce_lr_on_plateau: {monitor: loss, "
                                               "factor: 1/10, patience: 3}}"),
    "callbacks.checkpoint": callback("{checkpoint: {keep: {last: 3, best: loss}}}"),
    "extends": "extends: base.yaml",
    "extends several": "extends: [base.yaml, base.yaml]",
    "extends with patches": "extends: base.yaml\nmodel: {layers: {a: {dense: 2}, b: null}}",
    "extends with parts": "extends: base.yaml\ntraining: {epochs: 2}\nvars: {q: 1}\n"
    "profiles: {p: {vars: {q: 2}}}\ndata: {split: {seed: $q}}",
    "profiles": "profiles: {smoke: {training: {epochs: 1}, vars: {n: 2}}, other: {}}",
    "profiles with patches": "profiles: {smoke: {model: {layers: {a: {dense: {units: 2}}}}}}",
    "plugins": "plugins: [mine.py, parts/other.py]",
    "blocks": block("b: {layers: [{dense: 4}]}"),
    "blocks with types": block("b: {params: {n: int, r: 0.5, w: {a: 1}}, layers: [{dense: $n}, "
                               "{dropout: $r}, {dense: $w}]}", "{b: {n: 4, w: {units: 3}}}"),
    "blocks with one value": block("b: {params: {n: int}, layers: [{dense: $n}]}", "b: 4"),
    "blocks with inputs": block("b: {inputs: [p, q], layers: [{add: , from: [p, q]}]}",
                                "{b: , from: [x, x]}"),
    "blocks in blocks": block("b: {layers: [c, c]}, c: {layers: [{dense: 4}]}"),
    "a list as one item": model("{block: [{dense: 4}, relu], name: body}"),
    "repeat": model("{dense: 4, repeat: 2}, {dense: $i + 1, repeat: 1 + 1}, {relu: , repeat: 0}"),
    "repeat of a variable": f"vars: {{n: 2}}\n{model('{dense: 4, repeat: $n, name: b}')}",
    "for": model("{dense: $n, for: {n: [4, 2 * 4], m: [a, 1]}, when: true}"),
    "when": f"vars: {{on: true}}\n{model('relu, {relu: , when: $on}, {relu: , when: not $on}')}",
    "when with words": "vars: {w: a}\n" + model("""{relu: , when: "$w == 'a' and 1 < 2"}"""),
    "a comment for an editor": "# yaml-language-server: $schema=kc.schema.json",
}  # fmt: skip

BROKEN = {
    "a name with a space": "name: my run",
    "a name that is a number": "name: 1",
    "vars as a list": "vars: [1]",
    "no source": "data: {split: {test: 0.1}}",
    "an unknown source": "data: {source: mnst}",
    "an unknown key of data": data("splits: {test: 0.1}"),
    "an unknown key of a split": data("split: {valid: 0.1}"),
    "a split as a number": data("split: 0.1"),
    "a whole split": data("split: {test: 1}"),
    "a negative split": data("split: {test: -0.1}"),
    "a split by yes": data("split: {stratify: yes}"),
    "a share of each class in order": data("split: {test: 0.5, stratify: true, shuffle: false}"),
    "a column beside a fraction": data("split: {column: part, test: 0.1}"),
    "a column beside folds": data("split: {column: part, folds: 5, fold: 1}"),
    "values without a column": data("split: {values: {test: x}}"),
    "values of a wrong part": data("split: {column: part, values: {dev: x}}"),
    "groups in order": data("split: {group: patient, shuffle: false, test: 0.5}"),
    "time drawn by classes": data("split: {time: date, stratify: true}"),
    "folds without a fold": data("split: {folds: 5}"),
    "a fold without folds": data("split: {fold: 5}"),
    "a fold beside a fraction": data("split: {folds: 5, fold: 1, validation: 0.1}"),
    "a single fold": data("split: {folds: 1, fold: 1}"),
    "two sources of a part": data("test: {csv: test.csv}, split: {test: 0.1}"),
    "a fold beside a source": data("validation: {csv: v.csv}, split: {folds: 5, fold: 1}"),
    "a column beside a source": data("test: {csv: v.csv}, split: {column: part}"),
    "no weight": data("weight: {}"),
    "preprocess as a list": data("preprocess: [flatten]"),
    "preprocess of no layer": data("preprocess: {x: [{rescalin: 2}]}"),
    "an unknown key of a model": model("relu", more=", output: a"),
    "inputs as a list": "model: {inputs: [4], layers: [relu]}",
    "an input as a number": model("relu", "x: 4"),
    "an input of half a size": model("relu", "x: [1.5]"),
    "an input called after the examples": model("relu", "x: [batch, 3]"),
    "an input of an unknown type": model("relu", "x: {shape: [4], dtype: float16}"),
    "an input without a shape": model("relu", "x: {dtype: int32}"),
    "an unknown key of an input": model("relu", "x: {shape: [4], type: int32}"),
    "a drawing of whole numbers": model("relu", "x: {shape: [4], dtype: int32, random: normal}"),
    "a drawing of an unknown size": model("relu", "x: {shape: [n, 4], random: normal}"),
    "a drawing of another kind": model("relu", "x: {shape: [4], random: gamma}"),
    "layers as a map": "model: {inputs: {x: [4]}, layers: {dense: 4}}",
    "an empty shared part": model("relu", more=", shared: {e: []}"),
    "outputs as a number": model("relu", more=", outputs: 3"),
    "an unknown precision": model("relu", more=", precision: float64"),
    "an unknown precision of an item": model("{dense: 1, precision: half}"),
    "from as a number": model("{relu: , from: 1}"),
    "trainable as a word": model("{dense: 1, trainable: no}"),
    "remat as a number": model("{dense: 1, remat: 2}"),
    "initial as a number": model("{dense: 1, initial: 3}"),
    "use as a list": model("{use: [e]}", more=", shared: {e: [relu]}"),
    "text for a pair": model("{max_pooling2d: many}", "x: [4, 4, 1]"),
    "blanks for a size": model("relu", "x: [' ']"),
    "no loss": "training: {epochs: 1}",
    "an unknown loss": training("loss: mse", ""),
    "an unknown key of training": training("epoch: 3"),
    "no epochs": training("epochs: 0"),
    "half an epoch": training("epochs: 0.5"),
    "a batch of text": training("batch_size: big"),
    "shuffle as a number": training("shuffle: 1"),
    "a negative seed": training("seed: -1"),
    "metrics as a word": training("metrics: accuracy"),
    "an unknown metric": training("metrics: [acuracy]"),
    "a negative weight of a loss": training("loss_weights: {a: -1}"),
    "a weight of a class by name": training("class_weight: {cat: 1}"),
    "a negative weight of a class": training("class_weight: {0: -1}"),
    "an unknown optimizer": training("optimizer: adan"),
    "two optimizers": training("optimizer: {adam: , sgd: }"),
    "a rate as a word": training("optimizer: {adam: fast}"),
    "an unknown schedule": training("optimizer: {adam: {learning_rate: {cosin_decay: {}}}}"),
    "a term without a value": training("terms: [{weight: 1}]"),
    "a term that compares with nothing": training("terms: [{value: a, loss: mean_squared_error}]"),
    "a term with nothing to compare": training("terms: [{value: a, target: x}]"),
    "an unknown key of a term": training("terms: [{value: a, factor: 1}]"),
    "a group without an optimizer": training("groups: {g: {layers: [a]}}"),
    "a group of nothing": training("groups: {g: {layers: [], optimizer: adam}}"),
    "a group called main": training("groups: {main: {layers: [a], optimizer: adam}}"),
    "a phase of nothing": phase(f"trains: [], {LOSS}"),
    "a phase that trains nothing": phase(LOSS),
    "a phase without a loss": phase("trains: [a]"),
    "a phase seventeen times": phase(f"trains: [a], {LOSS}, repeat: 17"),
    "phases beside a loss": training(f"phases: {{p: {{trains: [a], {LOSS}}}}}"),
    "phases beside an optimizer": training(
        f"optimizer: adam, phases: {{p: {{trains: [a], {LOSS}}}}}", ""),
    "an unknown callback": callback("early_stoping"),
    "an unknown key of a callback": callback("{early_stopping: {monitr: loss}}"),
    "two callbacks in one": callback("{progress: , checkpoint: }"),
    "negative patience": callback("{early_stopping: {monitor: loss, patience: -1}}"),
    "an unknown mode": callback("{early_stopping: {monitor: loss, mode: least}}"),
    "a factor above one": callback("{reduce_lr_on_plateau: {monitor: loss, factor: 2}}"),
    "an unknown way to keep": callback("{checkpoint: {keep: {first: 3}}}"),
    "extends as a number": "extends: 3",
    "extends of a map": "extends: {base.yaml: }",
    "extends and an unknown section": "extends: base.yaml\ntrainings: {epochs: 1}",
    "profiles as a list": "profiles: [smoke]",
    "a profile that is no map": "profiles: {smoke: 3}",
    "a profile that extends": "profiles: {smoke: {extends: base.yaml}}",
    "a profile with profiles": "profiles: {smoke: {profiles: {}}}",
    "plugins as a word": "plugins: mine.py",
    "plugins of numbers": "plugins: [1]",
    "blocks as a list": "blocks: [{layers: [relu]}]",
    "a block as a list": block("b: [relu]"),
    "a block without layers": block("b: {params: {n: 3}}"),
    "a block with one layer": block("b: {layers: relu}"),
    "parameters as a list": block("b: {params: [n], layers: [relu]}"),
    "a block called as a layer": block("dense: {layers: [relu]}", "relu"),
    "a block called as a key": block("name: {layers: [relu]}", "relu"),
    "a block called by a path": block("a/b: {layers: [relu]}", "relu"),
    "an unknown layer in a shared part": model("{use: e}", more=", shared: {e: [{rescalin: 2}]}"),
    "an unknown layer in a block": block("b: {layers: [{dens: {unit: 3}}]}, c: {layer: 3}"),
    "a negative repeat": model("{dense: 4, repeat: -1}"),
    "a repeat by a word": model("{dense: 4, repeat: twice}"),
    "a repeat of a list": model("{dense: 4, repeat: [1, 2]}"),
    "repeat and for": model("{dense: 4, repeat: 2, for: {n: [1, 2]}}"),
    "for of a number": model("{dense: 4, for: {n: 3}}"),
    "for without a name": model("{dense: 4, for: {}}"),
    "for of no name": model("{dense: 4, for: {1n: [1]}}"),
    "when as a number": model("{dense: 4, when: 1}"),
    "when as a list": model("{dense: 4, when: [true]}"),
}  # fmt: skip

BEYOND_A_SCHEMA = {
    "a whole number with a point": model("{dense: 64.0}"),
    "arithmetic that does not end": model("{dense: 4 *}"),
    "arithmetic beyond the range": model("{dense: 1 - 1}"),
    "a variable of the wrong type": f"vars: {{a: [1]}}\n{model('{dense: $a}')}",
    "a variable that is not there": model("{dense: $a}"),
    "an argument that a block lacks": block("b: {params: {n: 3}, layers: [{dense: $n}]}",
                                            "{b: {m: 3}}"),
    "a misspelt layer beside blocks": block("b: {layers: [relu]}", "b, {flaten: }"),
    "a fold that is not there": data("split: {folds: 5, fold: 6}"),
    "one value for two parts": data("split: {column: p, values: {validation: 8, test: 8}}"),
    "splits that leave nothing": data("split: {test: 0.5, validation: 0.5}"),
    "lists of different lengths": model("{dense: 4, for: {a: [1], b: [1, 2]}}"),
    "a name that is not there": model("{relu: , from: y}"),
    "a shape that does not fit": model("{reshape: [3, 3]}"),
}  # fmt: skip


@pytest.fixture(
    scope="module", params=[jsonschema.Draft202012Validator, jsonschema.Draft7Validator]
)
def validator(request):
    """The draft that the schema names, and the one that many editors read it as."""
    request.param.check_schema(json_schema())
    return request.param(json_schema())


@pytest.fixture
def judged(tmp_path, validator):
    """What kc finds wrong with a text, and whether it fits the schema."""
    base = (
        f"kc: 1\n{MODEL[:-2]}, {{relu: , name: b}}]}}\n{training('')}\ndata: {{source: digits}}\n"
    )
    (tmp_path / "base.yaml").write_text(base)

    def judge(text: str):
        own_model = "model:" in text.replace("{model:", "") or text.startswith("extends")
        text = "\n".join(["kc: 1", text, *([] if own_model else [MODEL])])
        source, report = decode(str(tmp_path / "spec.yaml"), text.encode()), Report()
        try:
            check(source, Options(folder=tmp_path), report)
        except CompileError as error:
            report.absorb(error.report)
        tree = read(source, Report())
        refused = [d.message for d in report if d.severity == "error"]
        return refused, [error.message for error in validator.iter_errors(as_json(plain(tree)))]

    return judge


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_both_take_good_specs(text, judged):
    assert judged(text) == ([], [])


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_both_refuse_broken_specs(text, judged):
    by_kc, by_schema = judged(text)
    assert by_kc
    assert by_schema


@pytest.mark.parametrize("text", BEYOND_A_SCHEMA.values(), ids=BEYOND_A_SCHEMA)
def test_kc_sees_what_a_schema_cannot(text, judged):
    by_kc, by_schema = judged(text)
    assert by_kc
    assert by_schema == []

"""Codes 2xx."""

from __future__ import annotations

from kc.core.codes.declare import declare

UNKNOWN_NAME = declare(
    "KC201",
    "a `$name` that nothing defines",
    "`$name` refers to a value in `vars`. `$$` writes a plain dollar sign.",
    "vars: {width: 64}\n- dense: $widht",
    "vars: {width: 64}\n- dense: $width",
)
EXPRESSION_SYNTAX = declare(
    "KC202",
    "text that is no expression",
    "A number may be written as arithmetic over numbers and `$names`: + - * / // % **, "
    "parentheses, min and max. There are no other functions, no attributes and no Python.",
    "- dense: 4 * (2",
    "- dense: 4 * 2",
)
EXPRESSION_LIMIT = declare(
    "KC203",
    "an expression beyond the limits",
    "Expressions have at most 256 characters, 64 tokens and 16 levels, and whole numbers up to "
    "2^63, so that evaluating one takes no time.",
    "- dense: 9**9**9",
    "- dense: 2**9",
)
CYCLIC_VARIABLES = declare(
    "KC204",
    "variables that refer to each other in a circle",
    "A variable may use others, as long as one of them is a plain value in the end.",
    "vars: {a: $b, b: $a}\n- dense: $b",
    "vars: {a: 4, b: 2 * $a}\n- dense: $b",
)
EXPRESSION_VALUE = declare(
    "KC205",
    "an expression without a value",
    "The arithmetic has no result: a division by zero, a name that is no number, or a fraction "
    "where a whole number belongs (`//` divides and rounds down).",
    "- dense: 10 / 4",
    "- dense: 10 // 4",
)
OVERRIDE = declare(
    "KC206",
    "an override that does not fit the spec",
    "`--set path=value` changes one value. The path is dotted; items of a list are addressed by "
    "their `name` or by `[i]`; the value is YAML.",
    "kc train spec.yaml --set training.epochs.many=5",
    "kc train spec.yaml --set training.epochs=5",
)
UNKNOWN_INPUT = declare(
    "KC210",
    "`from` names nothing that stands above",
    "An item takes the output of the item before it, or of what `from` names: an input or the "
    "`name` of an item above.",
    "- {dense: 4, name: hidden}\n- {dense: 1, from: hiden}",
    "- {dense: 4, name: hidden}\n- {dense: 1, from: hidden}",
)
CYCLE = declare(
    "KC211",
    "items that wait for each other",
    "The model is a graph without circles: an item can only take what stands above it.",
    "- {add: {}, from: [x, b], name: a}\n- {dense: 4, from: a, name: b}",
    "- {dense: 4, from: x, name: b}\n- {add: {}, from: [x, b], name: a}",
)
DUPLICATE_NAME = declare(
    "KC212",
    "two things of one name",
    "Names of inputs and items are unique, so that `from`, logs and weights are unambiguous.",
    "- {dense: 4, name: a}\n- {dense: 4, name: a}",
    "- {dense: 4, name: a}\n- {dense: 4, name: b}",
)
UNKNOWN_OUTPUT = declare(
    "KC213",
    "an output that names nothing",
    "`outputs` names items of the model: one, a list, or a map from output to item. Losses and "
    "metrics of several outputs are maps with the same keys.",
    "- {dense: 1, name: label}\noutputs: [lable]",
    "- {dense: 1, name: label}\noutputs: [label]",
)
UNKNOWN_SHARED = declare(
    "KC214",
    "`use` names no shared part",
    "`use` takes a part from `model.shared`; every use has the same weights.",
    "shared: {encoder: [{dense: 8}]}\n- {use: encodr, from: x}",
    "shared: {encoder: [{dense: 8}]}\n- {use: encoder, from: x}",
)
NAME_FORM = declare(
    "KC215",
    "a name that is no identifier",
    "Names are letters, digits and `_`, and begin with a letter: they become names in logs, in "
    "weight files and in generated code.",
    "- {dense: 4, name: ../a}",
    "- {dense: 4, name: a}",
)
SEVERAL_OUTPUTS = declare(
    "KC220",
    "an item with several outputs, and none chosen",
    "A layer with `return_state: true` makes its states beside its output, and `bidirectional` "
    "without a `merge_mode` makes two outputs. `from` and `outputs` then name one: "
    "`NAME.output`, `NAME.state_h`.",
    "inputs: {words: [9, 4]}\n"
    "- {lstm: {units: 4, return_state: true}, name: a}\n"
    "- {dense: 1, from: a}",
    "inputs: {words: [9, 4]}\n"
    "- {lstm: {units: 4, return_state: true}, name: a}\n"
    "- {dense: 1, from: a.state_h}",
)
PATCH = declare(
    "KC221",
    "a patch that does not fit its list",
    "A map over a list of items changes items by their names: `name`, or kind and number as kc "
    "names them. A map changes parts of an item, a word its entry, null removes it.",
    "# spec.yaml\n"
    "extends: base.yaml\n"
    "model: {layers: {haed: {dense: 4}}}\n"
    "# base.yaml\n"
    "- {dense: 8, name: head}",
    "# spec.yaml\n"
    "extends: base.yaml\n"
    "model: {layers: {head: {dense: 4}}}\n"
    "# base.yaml\n"
    "- {dense: 8, name: head}",
)
UNKNOWN_PROFILE = declare(
    "KC222",
    "a profile that the spec does not have",
    "`--profile` names a part of the section `profiles`.",
    "kc train spec.yaml --profile smoek",
    "kc train spec.yaml --profile smoke",
)
BLOCK = declare(
    "KC223",
    "a block that is not defined as one",
    "A block has `layers`, and maybe `params` and `inputs`. A parameter has a type, and is then "
    "required, or a default, whose type is its own. A block cannot be called like a layer of the "
    "library.",
    "blocks: {dense: {layers: [relu]}}\n- dense: 4",
    "blocks: {unit: {params: {width: int}, layers: [{dense: $width}, relu]}}\n- unit: {width: 4}",
)
BLOCK_CIRCLE = declare(
    "KC224",
    "blocks that use each other in a circle",
    "A block is written out where it is used, which would never end here. `repeat` stacks a block.",
    "blocks: {a: {layers: [b]}, b: {layers: [a]}}\n- a",
    "blocks: {a: {layers: [b]}, b: {layers: [relu]}}\n- a",
)
REPETITION = declare(
    "KC225",
    "an item that cannot be repeated so",
    "`repeat` is a whole number from 0. `for` has lists of one length, one for each name. An item "
    "has one of them.",
    "- {dense: 8, for: {rate: [1, 2], width: [4, 8, 16]}}",
    "- {dense: 8, for: {rate: [1, 2], width: [4, 8]}}",
)

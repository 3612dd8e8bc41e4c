"""Codes 8xx."""

from __future__ import annotations

from kc.core.codes.declare import declare
from kc.core.diagnostic import Severity

UNUSED_NODE = declare(
    "KC801",
    "a layer that no output depends on",
    "The layer is dropped before compiling. Most often a `from` was forgotten or points elsewhere.",
    "- {dense: 4, from: x, name: unused}\n- {dense: 1, from: x}",
    "- {dense: 1, from: x}",
    Severity.WARNING,
)
LOGITS_MISMATCH = declare(
    "KC802",
    "probabilities under a loss of logits",
    "With `from_logits: true` the loss applies softmax or sigmoid itself; applying it twice "
    "flattens the gradients.",
    "- dense: {units: 10, activation: softmax}\n"
    "loss: {sparse_categorical_crossentropy: {from_logits: true}}",
    "- dense: 10\nloss: {sparse_categorical_crossentropy: {from_logits: true}}",
    Severity.WARNING,
)
NO_PROBABILITIES = declare(
    "KC803",
    "a crossentropy of values that are no probabilities",
    "The loss takes probabilities, but the output is not the result of softmax or sigmoid. Add the "
    "activation, or say `from_logits: true`.",
    "- dense: 10\nloss: sparse_categorical_crossentropy",
    "- dense: {units: 10, activation: softmax}\nloss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
USELESS_BIAS = declare(
    "KC804",
    "a bias before batch normalization",
    "Batch normalization subtracts the mean and with it the bias, which costs memory and time and "
    "does nothing.",
    "inputs: {image: [8, 8, 1]}\n- conv2d: {filters: 8, kernel_size: 3}\n- batch_normalization",
    "inputs: {image: [8, 8, 1]}\n"
    "- conv2d: {filters: 8, kernel_size: 3, use_bias: false}\n"
    "- batch_normalization",
    Severity.WARNING,
)
UNUSED_VARIABLE = declare(
    "KC805",
    "a variable that nothing uses",
    "A value in `vars` that no `$name` refers to has no effect.",
    "vars: {width: 64}\n- dense: 64",
    "vars: {width: 64}\n- dense: $width",
    Severity.WARNING,
)
VANISHING_GRADIENTS = declare(
    "KC806",
    "float16 without a loss scale",
    "float16 has no numbers between 0 and 6e-8, and gradients are often smaller: training stands "
    "still without a word. `loss_scale_factor` multiplies the loss and divides the gradients. "
    "bfloat16 reaches as far as float32 and needs none.",
    "precision: float16\noptimizer: adam",
    "precision: float16\noptimizer: {adam: {loss_scale_factor: dynamic}}",
    Severity.WARNING,
)
UNUSED_BLOCK = declare(
    "KC807",
    "a block or parameter that nothing uses",
    "A block that no item names, and a parameter that its block does not mention, have no effect.",
    "blocks: {unit: {params: {width: 8}, layers: [{dense: 4}]}}\n- unit",
    "blocks: {unit: {params: {width: 8}, layers: [{dense: $width}]}}\n- unit",
    Severity.WARNING,
)
USELESS_IGNORE = declare(
    "KC808",
    "a comment that ignores nothing",
    "`# kc: ignore[KC804]` takes back the warnings of this code that point at its line, or at the "
    "line below where it has a line of its own; several codes are divided by commas, and without "
    "codes it takes back all. Errors stay. One that is of no use any more hides the next mistake.",
    "- dense: 8  # kc: ignore[KC804]\n- relu",
    "- dense: 8  # kc: ignore[KC804]\n- batch_normalization",
    Severity.WARNING,
)
INDEPENDENT_CLASSES = declare(
    "KC809",
    "sigmoid where one class of several is meant",
    "Softmax divides one probability among the classes. Sigmoid gives each class its own, and a "
    "categorical crossentropy then rewards making the others no smaller.",
    "- dense: {units: 3, activation: sigmoid}\nloss: sparse_categorical_crossentropy",
    "- dense: {units: 3, activation: softmax}\nloss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
CONSTANT_OUTPUT = declare(
    "KC810",
    "softmax over one unit",
    "The probabilities of all units add up to 1, so that of an only unit is always 1 and nothing "
    "is learnt.",
    "- dense: {units: 1, activation: softmax}\nloss: binary_crossentropy",
    "- dense: {units: 1, activation: sigmoid}\nloss: binary_crossentropy",
    Severity.WARNING,
)
OTHER_CLASSES = declare(
    "KC811",
    "an output with more or fewer units than classes",
    "Under a categorical loss, the output has a unit for each class of the data, and classes are "
    "numbered from 0. Here the data, or `class_weight`, have others.",
    "data: {source: digits}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 9, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    "data: {source: digits}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 10, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
REPEATED_ACTIVATION = declare(
    "KC812",
    "an activation twice in a row",
    "The second relu does nothing, and a second sigmoid or softmax flattens what the first made. "
    "One was written as an argument, the other as a layer.",
    "- dense: {units: 8, activation: relu}\n- relu\n- dense: 1",
    "- dense: {units: 8, activation: relu}\n- dense: 1",
    Severity.WARNING,
)
DEAD_OUTPUT = declare(
    "KC813",
    "relu on an output",
    "Where relu is 0 it has no gradient: an output that begins there for an example can never "
    "leave it. Outputs are most often linear; `softplus` is positive everywhere.",
    "- dense: {units: 1, activation: relu}\nloss: mean_squared_error",
    "- dense: {units: 1, activation: softplus}\nloss: mean_squared_error",
    Severity.WARNING,
)
DROPPED_OUTPUT = declare(
    "KC814",
    "dropout on an output",
    "Dropout makes the layers after it robust against missing values. On an output it sets what "
    "is compared with the target to zero at random.",
    "- dense: 8\n- dense: 1\n- dropout: 0.5\nloss: mean_squared_error",
    "- dense: 8\n- dropout: 0.5\n- dense: 1\nloss: mean_squared_error",
    Severity.WARNING,
)
HIGH_RATE = declare(
    "KC815",
    "a dropout that leaves next to nothing",
    "`rate` is the part that is dropped, not the part that is kept as in some older libraries.",
    "- dense: 64\n- dropout: 0.9\n- dense: 1",
    "- dense: 64\n- dropout: 0.1\n- dense: 1",
    Severity.WARNING,
)
MEANINGLESS_METRIC = declare(
    "KC816",
    "the accuracy of numbers",
    "Accuracy is the part of the examples whose class is right. A number that is near its target "
    "is neither right nor wrong.",
    "- dense: 1\nloss: mean_squared_error\nmetrics: [accuracy]",
    "- dense: 1\nloss: mean_squared_error\nmetrics: [mean_absolute_error]",
    Severity.WARNING,
)
LARGE_RATE = declare(
    "KC817",
    "a learning rate that is far too large",
    "Each step of Adam and its kin moves a weight by about the learning rate, whatever the "
    "gradient: at 0.5 and above the weights jump about. Plain gradient descent takes more, but "
    "not above 10.",
    "optimizer: {adam: 1}",
    "optimizer: {adam: 0.001}",
    Severity.WARNING,
)
TWO_DECAYS = declare(
    "KC818",
    "two penalties on the same weights",
    "`weight_decay` of the optimizer and an `l2` regularizer both pull weights to zero; with "
    "adaptive optimizers they do so in different ways. Choose one of them.",
    "- dense: {units: 1, kernel_regularizer: {l2: 1e-4}}\noptimizer: {adamw: {weight_decay: 0.01}}",
    "- dense: 1\noptimizer: {adamw: {weight_decay: 0.01}}",
    Severity.WARNING,
)
NEVER_STOPS = declare(
    "KC819",
    "early stopping that never stops",
    "The run ends after `patience` epochs without improvement, which are more than it has.",
    "callbacks: [{early_stopping: {monitor: loss, patience: 10}}]\nepochs: 10",
    "callbacks: [{early_stopping: {monitor: loss, patience: 3}}]\nepochs: 10",
    Severity.WARNING,
)
NO_WEIGHT = declare(
    "KC820",
    "a loss that counts for nothing",
    "With the weight 0 the loss is computed and trains nothing. An output without a loss is "
    "computed and not trained, too, and says so.",
    "- {dense: 8, name: body}\n"
    "- {dense: 1, from: body, name: a}\n"
    "- {dense: 1, from: body, name: b}\n"
    "outputs: [a, b]\n"
    "loss: {a: mean_squared_error, b: mean_squared_error}\n"
    "loss_weights: {a: 0}",
    "- {dense: 8, name: body}\n"
    "- {dense: 1, from: body, name: a}\n"
    "- {dense: 1, from: body, name: b}\n"
    "outputs: [a, b]\n"
    "loss: {a: mean_squared_error, b: mean_squared_error}\n"
    "loss_weights: {a: 0.5}",
    Severity.WARNING,
)
ORDERED_SPLIT = declare(
    "KC821",
    "a split of classes by the order of the examples",
    "With `shuffle: false` the last examples are held out. Files are often sorted by class, and "
    "then training never sees the classes that validation has. kc does not look at the data here.",
    "data: {source: digits, split: {validation: 0.1, shuffle: false}}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 10, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    "data: {source: digits, split: {validation: 0.1}}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 10, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
MIXED_WINDOWS = declare(
    "KC822",
    "parts of one series that overlap",
    "Examples that are stretches of one series share steps with their neighbours. Drawn at random, "
    "those for validation and test lie among those that train, and the measure is too good. With "
    "`shuffle: false` they are the last ones, as what a model meets later is later, too.",
    "data:\n"
    "  source: {characters: {path: book.txt, length: 8, vocabulary: ab}}\n"
    "  split: {validation: 0.1}\n"
    "inputs: {text: {shape: [8], dtype: int32}}\n"
    "- embedding: {input_dim: 2, output_dim: 4}\n"
    "- dense: {units: 2, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    "data:\n"
    "  source: {characters: {path: book.txt, length: 8, vocabulary: ab}}\n"
    "  split: {validation: 0.1, shuffle: false}\n"
    "inputs: {text: {shape: [8], dtype: int32}}\n"
    "- embedding: {input_dim: 2, output_dim: 4}\n"
    "- dense: {units: 2, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
LARGE_BATCH = declare(
    "KC823",
    "a batch that the data cannot fill",
    "An epoch is one step then, and the rest of the batch is filled with examples that do not "
    "count: each step costs as much as a full one.",
    "data: {source: digits, split: {validation: 0.1}}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 10, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "batch_size: 2048",
    "data: {source: digits, split: {validation: 0.1}}\n"
    "inputs: {image: [8, 8, 1]}\n"
    "- flatten\n"
    "- dense: {units: 10, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "batch_size: 64",
    Severity.WARNING,
)
NOTHING_TRAINED = declare(
    "KC824",
    "a training that changes nothing",
    "Every layer with weights is frozen, or there is none, so all epochs measure the same model.",
    "- {dense: 1, trainable: false}\nloss: mean_squared_error",
    "- dense: 1\nloss: mean_squared_error",
    Severity.WARNING,
)
BOUNDED_LOGITS = declare(
    "KC825",
    "an activation that bounds logits",
    "With `from_logits: true` the loss turns any number into a probability: a large one is near "
    "1, one far below zero near 0. An activation that leaves only some numbers leaves only some "
    "probabilities.",
    "- dense: {units: 1, activation: tanh}\nloss: {binary_crossentropy: {from_logits: true}}",
    "- dense: 1\nloss: {binary_crossentropy: {from_logits: true}}",
    Severity.WARNING,
)
TWO_PROBABILITIES = declare(
    "KC826",
    "softmax or sigmoid of probabilities",
    "Both turn numbers of any size into probabilities. Applied to probabilities, which differ by "
    "less than 1, they make all of them much alike.",
    "- dense: {units: 3, activation: sigmoid}\n- softmax\nloss: sparse_categorical_crossentropy",
    "- dense: {units: 3, activation: softmax}\nloss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
SKIPPED_TWICE = declare(
    "KC827",
    "two that skip steps",
    "A dynamic loss scale skips steps whose gradients are not finite, and makes the next ones "
    "smaller: overflows are part of how it works. `on_nan: skip` adds steps whose loss is not "
    "finite, and so hides a model that float16 does not hold.",
    "- {dense: 1, precision: float16}\nloss: mean_squared_error\n"
    "optimizer: {adam: {loss_scale_factor: dynamic}}\non_nan: skip",
    "- {dense: 1, precision: float16}\nloss: mean_squared_error\n"
    "optimizer: {adam: {loss_scale_factor: dynamic}}",
    Severity.WARNING,
)

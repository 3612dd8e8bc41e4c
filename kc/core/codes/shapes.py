"""Codes 3xx."""

from __future__ import annotations

from kc.core.codes.declare import declare

BAD_INPUT_TYPE = declare(
    "KC301",
    "a layer cannot take its input",
    "The shape or the type of a layer's input does not fit the layer or its arguments. Shapes are "
    "written without the batch: `float32[batch, 8, 8, 1]` is an input `[8, 8, 1]`.",
    "inputs: {image: [8, 8, 1]}\n- flatten\n- conv2d: {filters: 8, kernel_size: 3}",
    "inputs: {image: [8, 8, 1]}\n- conv2d: {filters: 8, kernel_size: 3}\n- flatten",
)
INPUT_COUNT = declare(
    "KC302",
    "a wrong number of inputs",
    "Most layers take one input; merging layers take two or more, named in `from`.",
    "inputs: {a: [4], b: [4]}\n- {dense: 4, from: [a, b]}",
    "inputs: {a: [4], b: [4]}\n- {concatenate: {}, from: [a, b]}\n- dense: 4",
)
TOO_MANY_ELEMENTS = declare(
    "KC303",
    "a tensor is too large",
    "No single tensor may hold more than 2^40 elements. The product of the sizes is checked before "
    "anything is allocated.",
    "inputs: {x: [4000, 2000]}\n- dense: 1000000000",
    "inputs: {x: [4000, 2000]}\n- dense: 1000",
)
SHARED_SHAPE = declare(
    "KC304",
    "a shared part used on different shapes",
    "All uses of a shared part have the same weights, so their inputs need the same shape.",
    "inputs: {a: [4], b: [5]}\n"
    "shared: {encoder: [{dense: 8}]}\n"
    "- {use: encoder, from: a, name: u}\n"
    "- {use: encoder, from: b, name: v}\n"
    "- {concatenate: {}, from: [u, v]}",
    "inputs: {a: [4], b: [4]}\n"
    "shared: {encoder: [{dense: 8}]}\n"
    "- {use: encoder, from: a, name: u}\n"
    "- {use: encoder, from: b, name: v}\n"
    "- {concatenate: {}, from: [u, v]}",
)
TOO_MANY_LAYERS = declare(
    "KC305",
    "the model has too many layers",
    "At most 5,000 layers, counted with every use of a shared part.",
    "# a shared part of 5,000 layers, used 5 times",
    "# a smaller model",
)
MASKED_INPUT = declare(
    "KC306",
    "a mask where none can be",
    "`embedding: {mask_zero: true}` and `masking` mark the steps of a sequence that are padding; "
    "layers behind them skip those. A layer that mixes steps without looking at the mask would "
    "count padding as data. `drop_mask` ends the mask where that is meant.",
    "inputs: {words: {shape: [9], dtype: int32}}\n"
    "- embedding: {input_dim: 50, output_dim: 8, mask_zero: true}\n"
    "- flatten",
    "inputs: {words: {shape: [9], dtype: int32}}\n"
    "- embedding: {input_dim: 50, output_dim: 8, mask_zero: true}\n"
    "- drop_mask\n"
    "- flatten",
)
TEXT_OUTPUT = declare(
    "KC307",
    "text as an output",
    "No device holds text. Layers that read or make text run on the host, before all others, and "
    "in the end come numbers.",
    "inputs: {word: {shape: [], dtype: string}}\n"
    "- {string_lookup: {vocabulary: [a, b]}}\n"
    "- {string_lookup: {vocabulary: [a, b], invert: true}}",
    "inputs: {word: {shape: [], dtype: string}}\n- {string_lookup: {vocabulary: [a, b]}}",
)
UNKNOWN_WEIGHT = declare(
    "KC308",
    "first values for a weight that is not there",
    "`initial` names the weights of its layer, as `kc summary` and the layer's page call them. A "
    "list of layers takes a file whose arrays are called `layer/weight`.",
    "- {dense: 2, initial: {biass: [0.1, 0.2]}}",
    "- {dense: 2, initial: {bias: [0.1, 0.2]}}",
)
INITIAL_SHAPE = declare(
    "KC309",
    "first values of another shape",
    "The layer says which shape a weight has; first values have exactly that one.",
    "- {dense: 2, initial: {bias: [0.1, 0.2, 0.3]}}",
    "- {dense: 2, initial: {bias: [0.1, 0.2]}}",
)
INITIAL_TWICE = declare(
    "KC310",
    "first values that are given twice",
    "All uses of a shared part have the same weights, so one use can give them first values.",
    "inputs: {a: [4], b: [4]}\n"
    "shared: {encoder: [{dense: 8}]}\n"
    "- {use: encoder, from: a, initial: one.npz, name: u}\n"
    "- {use: encoder, from: b, initial: two.npz, name: v}\n"
    "- {add: {}, from: [u, v]}",
    "inputs: {a: [4], b: [4]}\n"
    "shared: {encoder: [{dense: 8}]}\n"
    "- {use: encoder, from: a, initial: one.npz, name: u}\n"
    "- {use: encoder, from: b, name: v}\n"
    "- {add: {}, from: [u, v]}",
)
INITIAL_FILE = declare(
    "KC311",
    "a file of first values that does not fit the layer",
    "The file is read before the first step. It has to hold every weight of the layer, in its "
    "shape, and beside them no other arrays of the same layer. Arrays are called `kernel`, or "
    "`dense/kernel` as kc writes them; those of other layers do not matter.",
    "- {dense: 2, initial: weights.npz}     # np.savez('weights.npz', w=kernel, b=bias)",
    "- {dense: 2, initial: weights.npz}     # np.savez('weights.npz', kernel=kernel, bias=bias)",
)
UNKNOWN_SIZE = declare(
    "KC312",
    "a size that has to be known",
    "A name or null in the shape of an input is a size that only the data know. It flows from "
    "layer to layer, but weights exist before any data, and some layers need numbers.",
    "inputs: {x: [time, 8]}\n- flatten\n- dense: 4",
    "inputs: {x: [time, 8]}\n- global_average_pooling1d\n- dense: 4",
)

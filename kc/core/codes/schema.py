"""Codes 1xx."""

from __future__ import annotations

from kc.core.codes.declare import declare
from kc.core.diagnostic import Severity

UNKNOWN_KEY = declare(
    "KC101",
    "an unknown key",
    "Every key of a spec means something. A key that kc does not know is most often misspelt, and "
    "ignoring it would train another model than the one written.",
    "- dense: {unit: 10}",
    "- dense: {units: 10}",
)
MISSING_KEY = declare(
    "KC102",
    "a required key is missing",
    "The value has no default, so it has to be written.",
    "- dense: {activation: relu}",
    "- dense: {units: 10, activation: relu}",
)
WRONG_TYPE = declare(
    "KC103",
    "a value of the wrong type",
    'Types are strict: `"64"` is text, `64` a whole number, `64.0` a fraction, `yes` a word. In a '
    "numeric field, text is read as an arithmetic expression.",
    "- dense: {units: many}",
    "- dense: {units: 10}",
)
NOT_ALLOWED = declare(
    "KC104",
    "a value outside of what is allowed",
    "The type is right, but the value lies outside of the range or the list of words.",
    "- dropout: 1.5",
    "- dropout: 0.5",
)
UNKNOWN_ENTRY = declare(
    "KC105",
    "an entry that the library does not have",
    "Layers, losses, metrics, optimizers, callbacks and sources go by one name each: the "
    "snake_case form of the name in Keras.",
    "inputs: {image: [8, 8, 1]}\n- conv_2d: {filters: 8, kernel_size: 3}",
    "inputs: {image: [8, 8, 1]}\n- conv2d: {filters: 8, kernel_size: 3}",
)
TWO_ENTRIES = declare(
    "KC106",
    "two entries in one item",
    "A layer item holds one entry; `name`, `from` and `use` stand beside it. A second entry is a "
    "second item of the list.",
    "- {dense: 10, dropout: 0.3}",
    "- dense: 10\n- dropout: 0.3",
)
NO_ENTRY = declare(
    "KC107",
    "an item without an entry",
    "A layer item is a word, or a map with one entry key.",
    "- {name: head}",
    "- {dense: 10, name: head}",
)
VERSION = declare(
    "KC108",
    "an unknown version of the language",
    "`kc: 1` says which version of the language the file is written in.",
    "kc: 2",
    "kc: 1",
)
CONFLICT = declare(
    "KC109",
    "arguments that exclude each other",
    "Each argument is fine by itself, but the combination has no meaning.",
    "inputs: {image: [8, 8, 1]}\n"
    "- conv2d: {filters: 8, kernel_size: 3, strides: 2, dilation_rate: 2}",
    "inputs: {image: [8, 8, 1]}\n- conv2d: {filters: 8, kernel_size: 3, dilation_rate: 2}",
)
PLUGIN = declare(
    "KC110",
    "a plugin cannot be used",
    "A plugin is a Python file in or below the spec's folder, or an installed package with an "
    "entry point in the group `kc.plugins`. Commands that train or predict run it, others only "
    "with `--allow-plugins`. It could not be imported, or defines an entry that exists already.",
    "plugins: [../elsewhere/my_layers.py]",
    "plugins: [my_layers.py]",
)
PLUGIN_NOT_PRINTED = declare(
    "KC111",
    "a plugin's function has no form as plain Python",
    "Generated code holds the source of every function that a model calls. So functions of plugins "
    "mention only `jax`, `jnp`, `lax`, `optax`, `math`, literals and other such functions.",
    "def scaled(x):\n    return scipy.special.erf(x)",
    "def scaled(x):\n    return jax.scipy.special.erf(x)",
    Severity.WARNING,
)

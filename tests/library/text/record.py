"""Records what Keras's layers over text and whole numbers compute. They need TensorFlow.

Keras computes them in TensorFlow, which the tests do without. To record again, in an environment of
its own, from this folder:

    pip install tensorflow-cpu keras
    python record.py > keras.json
"""

from __future__ import annotations

import itertools
import json
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

WORDS = [["a", "c", "d", "d"], ["d", "z", "b", "zebra"], ["", "yak", "a", "[UNK]"]]
COLUMN = [["a"], ["z"], [""]]
DEEP = [[["a", "b"], ["z", "a"], ["a", "q"]], [["d", "d"], ["", "b"], ["zebra", "yak"]]]
VOCABULARY = ["a", "b", "c", "d"]
NUMBERS = [[12, 1138, 42, 42], [37, 1000, 36, -5], [0, 12, -1, 7]]
KNOWN = [12, 36, 1138, 42]
IDF = [0.25, 0.75, 0.6, 0.4]
MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
TEXTS = [
    ["The quick brown fox -- it isn't SLOW!"], ["the fox, the hen\tand THE end."], ["  "], [""],
    ["Äpfel & Öl: 3.5 kg\u00a0(ökologisch)\u2003für 2\u20ac"], ["a_b\\c^d`e~f'g|h\x0bi\x0cj\x1ck"],
]  # fmt: skip
TERMS = ["the", "fox", "it", "isnt", "hen", "the fox", "e", "t", " ", "The", "THE", "Äpfel"]
LONG = "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
STRINGS = [LONG[:n] for n in (0, 1, 2, 3, 4, 7, 8, 11, 15, 16, 17, 25, 31, 32, 33, 48, 63, 64, 65)]
STRINGS += [LONG * 2, (LONG * 3)[:192], (LONG * 3)[:193], "naïve 猫 \U0001f408"]
WHOLE = [0, 7, 10, 99, 123, -5, -12, -123, 1234, 4567890, -999999, 12345678, -1234567]
WHOLE += [2**31 - 1, -(2**31), -987654321, 1000000000, 99999999]


def lookups():
    for mode, data in itertools.product(MODES, (WORDS, COLUMN, DEEP)):
        idf = {"idf_weights": IDF} if mode == "tf_idf" else {}
        shared = {"vocabulary": VOCABULARY, "output_mode": mode, **idf}
        yield "StringLookup", shared, [data]
        yield "StringLookup", {**shared, "mask_token": "", "num_oov_indices": 3}, [data]
        longer = {"max_tokens": 9, "pad_to_max_tokens": mode != "int"}
        yield "StringLookup", {**shared, **longer, "num_oov_indices": 2, "salt": [5, 9]}, [data]
    for mode in MODES:
        idf = {"idf_weights": IDF} if mode == "tf_idf" else {}
        shared = {"vocabulary": KNOWN, "output_mode": mode, **idf}
        yield "IntegerLookup", shared, [NUMBERS]
        yield "IntegerLookup", {**shared, "mask_token": 0, "num_oov_indices": 3}, [NUMBERS]
        hashed = {"num_oov_indices": 4, "oov_method": "farmhash"}
        yield "IntegerLookup", {**shared, **hashed}, [NUMBERS]
        yield "IntegerLookup", {**shared, **hashed, "salt": 7, "mask_token": 0}, [NUMBERS]
    special = {"output_mode": "tf_idf", "vocabulary": ["[UNK]", *VOCABULARY]}
    yield "StringLookup", {**special, "idf_weights": [0.9, *IDF]}, [WORDS]
    yield "StringLookup", {"vocabulary": ["", "[UNK]", "a", "b"], "mask_token": ""}, [WORDS]
    yield "IntegerLookup", {"vocabulary": [-1, *KNOWN], "invert": True}, [[[0, 1, 4, 5, 9]]]
    for extra in ({}, {"mask_token": ""}, {"num_oov_indices": 2, "oov_token": "?"}):
        inverse = {"vocabulary": VOCABULARY, "invert": True, **extra}
        yield "StringLookup", inverse, [[[0, 1, 2], [3, 4, 5], [6, 7, -1]]]


def fitted():
    words = [["b", "a", "c"], ["a", "b", ""], ["d", "Ä", "[UNK]"], ["b", "ä", "a"], ["", "zz", "c"]]
    numbers = [[3, 1, 5], [3, 3, -1], [0, 1, 9], [5, -4, 9]]
    for mode, limit in itertools.product(("int", "count", "tf_idf"), (None, 5)):
        shared = {"output_mode": mode, "max_tokens": limit}
        yield "StringLookup", {**shared}, [words], words
        yield "StringLookup", {**shared, "mask_token": "", "num_oov_indices": 2}, [words], words
        yield "IntegerLookup", {**shared}, [numbers], numbers
        yield "IntegerLookup", {**shared, "mask_token": 0}, [numbers], numbers
        length = {"output_sequence_length": 6} if mode == "int" else {}
        yield "TextVectorization", {**shared, **length, "ngrams": 2}, [TEXTS], TEXTS
        padded = {"pad_to_max_tokens": limit is not None and mode != "int"}
        yield "TextVectorization", {**shared, **length, **padded}, [TEXTS], TEXTS


def texts():
    standards = ("lower_and_strip_punctuation", "lower", "strip_punctuation", None)
    for standardize, split in itertools.product(standards, ("whitespace", "character")):
        shared = {"standardize": standardize, "split": split, "vocabulary": TERMS}
        yield "TextVectorization", {**shared, "output_sequence_length": 7}, [TEXTS]
        yield "TextVectorization", {**shared, "output_mode": "count"}, [TEXTS]
    for ngrams in (1, 2, (2,), (3, 1)):
        shared = {"vocabulary": TERMS, "ngrams": ngrams}
        yield "TextVectorization", {**shared, "output_sequence_length": 9}, [TEXTS]
        yield "TextVectorization", {**shared, "output_mode": "multi_hot"}, [TEXTS]
    idf = [round(0.1 * (i + 1), 1) for i in range(len(TERMS))]
    scored = {"vocabulary": TERMS, "output_mode": "tf_idf", "idf_weights": idf}
    yield "TextVectorization", scored, [TEXTS]
    yield "TextVectorization", {**scored, "max_tokens": 20, "pad_to_max_tokens": True}, [TEXTS]
    unsplit = {"split": None, "vocabulary": ["the", "fox", "the fox"]}
    rows = [["The", "fox!", "--"], ["hen", "the", "fox"]]
    yield "TextVectorization", unsplit, [rows]
    yield "TextVectorization", {**unsplit, "output_sequence_length": 2}, [rows]
    yield "TextVectorization", {**unsplit, "output_sequence_length": 5, "ngrams": 2}, [rows]
    yield "TextVectorization", {**unsplit, "ngrams": 2}, [rows]
    yield "TextVectorization", {**unsplit, "output_mode": "count", "ngrams": 2}, [rows]
    special = {"vocabulary": ["", "[UNK]", "the", "fox"], "output_sequence_length": 3}
    yield "TextVectorization", special, [TEXTS]
    deep = [[[row[0]] for row in TEXTS[:3]], [[row[0]] for row in TEXTS[3:]]]
    yield "TextVectorization", {"vocabulary": TERMS, "output_sequence_length": 3}, [deep]


def hashes():
    for bins, salt in itertools.product((1, 3, 1000, 2**31 - 1), (None, 133, [133, 137])):
        yield "Hashing", {"num_bins": bins, "salt": salt}, [[[text] for text in STRINGS]]
        yield "Hashing", {"num_bins": bins, "salt": salt}, [[[n] for n in WHOLE]]
    for mode, salt in itertools.product(MODES[:4], (None, [2**40 + 5, 9])):
        shared = {"num_bins": 4, "output_mode": mode, "salt": salt}
        yield "Hashing", {**shared, "mask_value": ""}, [WORDS]
        yield "Hashing", shared, [COLUMN]
        yield "Hashing", {**shared, "mask_value": 12}, [NUMBERS]
    for mode in ("int", "one_hot"):
        shared = {"num_bins": 5, "output_mode": mode}
        letters, numbers = list("ABABA"), [101, 101, 101, 102, -102]
        yield "HashedCrossing", shared, [letters, numbers]
        yield "HashedCrossing", shared, [[[c] for c in letters], [[n] for n in numbers]]
        yield "HashedCrossing", shared, [numbers, numbers[::-1]]
    large = {"num_bins": 2**31 - 1}
    yield "HashedCrossing", large, [STRINGS, STRINGS[::-1], list(range(len(STRINGS)))]
    yield "HashedCrossing", large, [WHOLE, WHOLE[::-1], WHOLE[1:] + WHOLE[:1]]


def record(layer, arguments, inputs, data=None) -> dict[str, Any]:
    given = {k: tuple(v) if k == "ngrams" and not isinstance(v, int) else v
             for k, v in arguments.items()}  # fmt: skip
    made = getattr(keras.layers, layer)(**given)
    found = {}
    if data is not None:
        made.adapt(array(data))
        found["adapt"] = data
        vocabulary = made.get_vocabulary(include_special_tokens=False)
        found["vocabulary"] = np.array(vocabulary).tolist()
        lookup = getattr(made, "_lookup_layer", made)
        if arguments.get("output_mode") == "tf_idf":
            found["all_idf_weights"] = lookup.idf_weights_const.numpy().tolist()
    y = made(array(inputs[0]) if len(inputs) == 1 else [array(x) for x in inputs])
    return {"layer": layer, "arguments": arguments, "inputs": inputs, **found, "output": listed(y)}


def array(values):
    return tf.constant(values)


def listed(y):
    y = np.asarray(y)
    return np.vectorize(bytes.decode)(y).tolist() if y.dtype.kind in "SO" else y.tolist()


def main() -> None:
    cases = [record(*case) for group in (lookups(), texts(), hashes(), fitted()) for case in group]
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    sys.stdout.write(f'{{"versions": {json.dumps(versions)}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()

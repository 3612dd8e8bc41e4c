"""Encoding is compared with that of ``tokenizers``; learning has to be a function of the texts."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer, models

from kc.cli.main import run
from kc.core.types import ShapeError, TensorType
from kc.library.layers.subword_tokenizer import (
    SubwordTokenizer,
    parts_of,
    subword_tokenizer,
    words_and_marks,
)

TEXTS = [
    "The lower the newer, the wider!",
    "newest and widest of lowest",
    "a slow snow: shown, known",
    "Über süße Flüsse; 世界",
] * 3
WORD = st.text(st.sampled_from("abcé世"), min_size=1, max_size=12)
PARTS = st.lists(
    st.builds(lambda before, part: before + part, st.sampled_from(["", "##"]), WORD), unique=True,
    min_size=1,
)  # fmt: skip


def learnt(texts=TEXTS, **arguments):
    layer = SubwordTokenizer(**{"output_sequence_length": 8, "max_tokens": 60, **arguments})
    return layer.fit([np.array(texts, object)])


def indices(layer, texts) -> list[list[int]]:
    return layer.lower()(np.array(texts, object)).tolist()


def test_a_word_falls_into_the_longest_parts_from_its_beginning():
    layer = SubwordTokenizer(
        vocabulary=("un", "##aff", "##able", "##a", "able"), output_sequence_length=5
    )
    assert indices(layer, ["unaffable Able", "unable", "x un"]) == [
        [2, 3, 4, 6, 0], [2, 4, 0, 0, 0], [1, 2, 0, 0, 0]
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(WORD, PARTS)
def test_parts_are_those_of_tokenizers(word, vocabulary):
    places = {"[PAD]": 0, "[UNK]": 1} | {part: i for i, part in enumerate(vocabulary, 2)}
    expected = Tokenizer(models.WordPiece(places, unk_token="[UNK]")).encode(word).ids
    assert parts_of(word, {part: i for i, part in enumerate(vocabulary, 2)}) == expected


def test_every_character_of_the_training_texts_is_known():
    layer = learnt(max_tokens=200)
    assert 1 not in np.array(indices(layer, TEXTS))
    assert 1 not in np.array(indices(layer, ["slower", "flow world süße 世"]))


def test_frequent_words_stay_whole():
    layer = learnt(["the cat", "the dog", "the eel"] * 10, max_tokens=200)
    assert "the" in (layer.vocabulary or ())


@pytest.mark.parametrize("most", [5, 20, 60, 1000])
def test_there_are_at_most_so_many_indices(most):
    layer = learnt(max_tokens=most)
    assert len(layer.vocabulary or ()) <= most - 2
    assert np.max(indices(layer, TEXTS)) < most


def test_the_order_of_the_texts_does_not_count():
    shuffled = random.Random(1).sample(TEXTS, len(TEXTS))
    parts = [np.array(shuffled[:5], object), np.array(shuffled[5:], object)]
    layer = SubwordTokenizer(output_sequence_length=8, max_tokens=60)
    assert layer.fit(parts).vocabulary == learnt().vocabulary


def test_another_process_learns_the_same():
    code = (
        "import json, sys, numpy as np\n"
        "from kc.library.layers.subword_tokenizer import SubwordTokenizer\n"
        "layer = SubwordTokenizer(output_sequence_length=8, max_tokens=60)\n"
        "print(json.dumps(layer.fit([np.array(json.load(sys.stdin), object)]).vocabulary))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(TEXTS), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert tuple(json.loads(found.stdout)) == learnt().vocabulary


def test_capital_letters_may_count():
    assert words_and_marks("The END.", lowercase=False) == ["The", "END", "."]
    assert words_and_marks("The END.", lowercase=True) == ["the", "end", "."]
    layer = learnt(["AAA bbb"] * 4, lowercase=False)
    assert "AAA" in (layer.vocabulary or ())


def test_a_word_without_end_is_unknown_at_once():
    layer = learnt()
    assert indices(layer, ["a" * 1_000_000])[0][0] == 1
    assert indices(learnt([*TEXTS, "a" * 1_000_000]), ["low"]) == indices(layer, ["low"])


def test_characters_of_private_planes_are_left_out():
    assert learnt([*TEXTS, "\U00100000"]).vocabulary == learnt().vocabulary


def test_a_batch_of_columns_keeps_its_axes():
    x = np.array([[["low"], ["new"]]], object)
    assert subword_tokenizer(x, vocabulary=("low",), length=3).tolist() == [[[2, 0, 0], [1, 0, 0]]]


@pytest.mark.parametrize("texts", [[""], [" ", "\n"]])
def test_texts_without_words_are_refused(texts):
    with pytest.raises(ShapeError, match="finds no words"):
        learnt(texts)


@pytest.mark.parametrize(
    ("x", "message"),
    [(TensorType((1,)), "needs text"), (TensorType((2,), "string"), "needs one text")],
)
def test_inputs_have_to_fit(x, message):
    with pytest.raises(ShapeError, match=message):
        SubwordTokenizer(output_sequence_length=3).infer(x)


def test_the_type_is_known_before_the_vocabulary():
    found = SubwordTokenizer(output_sequence_length=3).infer(TensorType((), "string"))
    assert found.output == TensorType((3,), "int32")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": ("a", "a")}, "`a` stands twice"),
        ({"vocabulary": ("a", "b"), "max_tokens": 3}, "has 4 indices"),
        ({"max_tokens": 2}, "greater than 2"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        SubwordTokenizer(output_sequence_length=3, **arguments)


SPEC = """
kc: 1
data:
  source: {csv: {path: texts.csv, text: [text], target: mood}}
  split: {test: 0.25}
  preprocess: {text: [subword_tokenizer: {output_sequence_length: 8, max_tokens: 60}]}
model:
  inputs: {text: {shape: [], dtype: string}}
  layers:
    - embedding: {input_dim: 60, output_dim: 4, mask_zero: true}
    - global_average_pooling1d
    - dense: {units: 2, activation: softmax}
training: {loss: sparse_categorical_crossentropy, epochs: 1, batch_size: 4}
"""


def test_the_model_keeps_what_was_learnt(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [f'"{text}",{number % 2}' for number, text in enumerate(TEXTS)]
    Path("texts.csv").write_text("\n".join(["text,mood", *rows]), encoding="utf-8")
    Path("spec.yaml").write_text(SPEC)
    assert run(["validate", "--strict", "spec.yaml"]) == 0
    assert run(["train", "spec.yaml", "--run-dir", "run"]) == 0
    Path("texts.csv").rename("new.csv")
    assert run(["predict", "run", "--input", "new.csv", "-o", "p.npz"]) == 0
    with np.load("p.npz") as outputs:
        (found,) = outputs.values()
        assert found.shape == (len(TEXTS), 2)
    printed = Path("run/model.py").read_text(encoding="utf-8")
    assert "def subword_tokenizer(" in printed
    assert "tokenizers" not in printed
    capsys.readouterr()

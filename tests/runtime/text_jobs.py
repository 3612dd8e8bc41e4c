"""A small training job on a table with a text, a word and two numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

TEXTS = """
kc: 1
name: texts
data:
  source: {csv: {path: data.csv, target: y, text: [words, colour], features: [a, b]}}
  split: {validation: 0.2, test: 0.2}
  preprocess:
    features: [normalization]
    words: [{text_vectorization: {max_tokens: 20, output_sequence_length: 4}}]
    colour:
      - string_lookup: {max_tokens: 4, output_mode: one_hot, pad_to_max_tokens: true}
model:
  inputs:
    features: [2]
    words: {shape: [], dtype: string}
    colour: {shape: [], dtype: string}
  layers:
    - {embedding: {input_dim: 20, output_dim: 4, mask_zero: true}, from: words}
    - global_average_pooling1d
    - {concatenate: {}, from: [global_average_pooling1d, features, colour]}
    - dropout: 0.2
    - dense: {units: 2, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.05}}
  metrics: [accuracy]
  batch_size: 16
  epochs: 3
  callbacks: [{checkpoint: {every_steps: 2}}]
"""
GOOD, BAD = ("good", "great", "fine"), ("bad", "poor", "awful")


def write_table(folder: Path, rows: int = 100, seed: int = 0) -> None:
    """A table whose text tells the class."""
    random = np.random.default_rng(seed)
    lines = ["words,colour,a,b,y"]
    for y in random.integers(0, 2, rows):
        words = " ".join([*random.choice(GOOD if y else BAD, 2), "thing"])
        a, b = random.normal(5.0, 2.0, 2)
        lines.append(f"{words},{random.choice(['red', 'blue'])},{a:.4f},{b:.4f},{y}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n")

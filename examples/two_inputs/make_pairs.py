"""Writes pairs.npz: pairs of handwritten digits, half of them of one class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

PAIRS = 6_000


def main() -> None:
    """Draw pairs of images, alternately of one class and of two."""
    images, digits = load_digits(return_X_y=True)
    images = images.astype("uint8")
    random = np.random.default_rng(0)
    left = random.integers(0, len(images), PAIRS)
    right = np.zeros_like(left)
    same = (np.arange(PAIRS) % 2).astype("int32")
    for i in range(PAIRS):
        candidates = np.flatnonzero((digits == digits[left[i]]) == bool(same[i]))
        right[i] = random.choice(candidates)
    path = Path(__file__).with_name("pairs.npz")
    np.savez_compressed(path, left=images[left], right=images[right], same=same)


if __name__ == "__main__":
    main()

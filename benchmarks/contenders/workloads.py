"""The two networks that every contender trains, and their data.

Data are random but fixed: what is measured is time, not accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A multilayer perceptron with relu between its layers."""

    name: str
    widths: tuple[int, ...]
    batch_size: int
    examples: int
    epochs: int
    classes: bool
    """Whether it classifies (softmax and crossentropy) or predicts a number (squared error)."""

    def steps(self, epochs: int) -> int:
        return epochs * -(-self.examples // self.batch_size)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(0)
        x = random.normal(size=(self.examples, self.widths[0])).astype("float32")
        if self.classes:
            return x, random.integers(0, self.widths[-1], self.examples).astype("int32")
        return x, random.normal(size=(self.examples, self.widths[-1])).astype("float32")


WORKLOADS = {
    "mlp": Workload("mlp", (784, 512, 512, 10), 128, 12_800, 4, classes=True),
    "mlp_small": Workload("mlp_small", (20, 64, 64, 1), 32, 32_000, 30, classes=False),
}

"""Adam with decoupled weight decay."""

from __future__ import annotations

from kc.library.fields import NonNegativeFloat
from kc.library.optimizers.adam import Adam


class AdamW(Adam, kind="adamw"):
    """Adam, and ``w -= lr * weight_decay * w`` for every weight (Loshchilov and Hutter 2019).

    It is ``adam`` with another default: there, too, weight decay goes past the moments.

    Source: ``keras/src/optimizers/adamw.py``.

    Example:
        optimizer: {adamw: {learning_rate: 1e-3, weight_decay: 0.01}}
    """

    weight_decay: NonNegativeFloat | None = 0.004
    """Part of each weight that is subtracted per step, times the learning rate."""

"""Measure with the averages of weights."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core import codes
from kc.core.events import Control, Event
from kc.library.callback import Callback, CallbackError, StatelessWatcher
from kc.library.optimizer import Optimizer


class SwapEMAWeights(Callback, kind="swap_ema_weights"):
    """Validates with the averages that an optimizer with ``use_ema: true`` keeps.

    Other callbacks see the averages, too, so that `restore_best_weights` of `early_stopping` ends
    with those that were measured: what Keras does with ``swap_on_epoch=True``. Training goes on
    from its own weights, and a checkpoint holds both. Weights whose optimizer keeps no averages are
    used as they are. Without this callback, training ends with the averages all the same.

    Source: ``keras/src/callbacks/swap_ema_weights.py``.

    Example:
        optimizer: {adam: {use_ema: true}}
        callbacks: [swap_ema_weights]
    """

    shows_averages = True

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        if not any(optimizer.use_ema for optimizer in optimizers.values()):
            raise CallbackError(
                codes.NO_AVERAGES,
                f"{self.kind} needs averages, and no optimizer keeps any",
                "write `use_ema: true` in the optimizer, or remove the callback",
            )

    def watch(self) -> SwapEMAWeightsWatcher:
        return SwapEMAWeightsWatcher()


class SwapEMAWeightsWatcher(StatelessWatcher):
    def on(self, event: Event, control: Control) -> None:
        pass

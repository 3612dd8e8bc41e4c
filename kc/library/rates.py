"""Callbacks that set learning rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kc.core import codes
from kc.core.text import did_you_mean
from kc.library.callback import Callback, CallbackError
from kc.library.optimizer import Optimizer
from kc.library.schedule import Schedule


def rate_logs(optimizers: Iterable[str]) -> Mapping[str, str]:
    """What epochs call the learning rate of each optimizer, as Keras does."""
    names = list(optimizers)
    if len(names) == 1:
        return {names[0]: "learning_rate"}
    return {name: f"learning_rate_{name}" for name in names}


class RateCallback(Callback):
    """A callback that sets learning rates."""

    logs_rates = True
    beside = ("optimizer",)

    optimizer: str | None = None
    """The optimizer whose rate it sets, by the name of its group or phase; all by default."""

    def chosen(self, optimizers: Iterable[str]) -> list[str]:
        """Names of the optimizers whose rates it sets."""
        return [name for name in optimizers if self.optimizer in {None, name}]

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        chosen = self.chosen(optimizers)
        if not chosen:
            raise CallbackError(
                codes.UNKNOWN_OPTIMIZER,
                f"no optimizer is called `{self.optimizer}`",
                did_you_mean(str(self.optimizer), optimizers),
                word=self.optimizer,
            )
        for name in chosen:
            rate = optimizers[name].learning_rate
            if isinstance(rate, Schedule):
                whose = f" of `{name}`" if len(optimizers) > 1 else ""
                raise CallbackError(
                    codes.RATE_FOLLOWS_SCHEDULE,
                    f"{self.kind} cannot set the learning rate{whose}: it follows {rate.kind}",
                    "write a number as `learning_rate`, or remove the callback",
                    cause=rate.span,
                )

"""Compiled functions of a model, kept because compiling takes time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan, streaming
from kc.core.program import LossCall, TrainingProgram

ClassWeights = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Executions:
    """The executions of a plan by what calls ask for beside the spec."""

    plan: Plan
    _kept: dict[object, Execution] = field(default_factory=dict[object, Execution])

    def of(
        self,
        batch_size: int | None = None,
        class_weight: Mapping[int, float] | None = None,
        *,
        streamed: bool = False,
    ) -> Execution:
        """The execution for a size of batches and weights of classes; the spec's by default.

        One for what is streamed takes batches as large as they are.
        """
        size = batch_size or self.plan.batch_size
        weights = None if class_weight is None else tuple(sorted(class_weight.items()))
        key = (size, weights, streamed)
        if key not in self._kept:
            plan = replace(self.plan, batch_size=size)
            if weights is not None:
                plan = replace(plan, training=_weighted(plan.trained(), weights))
            self._kept[key] = Execution(streaming(plan) if streamed else plan)
        return self._kept[key]


def _weighted(training: TrainingProgram, weights: ClassWeights) -> TrainingProgram:
    def weighted(loss: LossCall) -> LossCall:
        return replace(loss, class_weights=weights) if isinstance(loss.target, str) else loss

    phases = tuple(
        replace(phase, losses=tuple(map(weighted, phase.losses))) for phase in training.phases
    )
    return replace(training, phases=phases)

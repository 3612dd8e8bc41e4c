"""The form that trains fastest over a run, where the runtime has measured forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kc.compiler.plan.plan import Form, Plan, runs_again


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a program takes in one form."""

    form: Form
    compile_seconds: float
    """To compile a training step, and to run it for the first time."""
    seconds_per_step: float

    def seconds(self, steps: int) -> float:
        """Of training for so many steps."""
        return self.compile_seconds + steps * self.seconds_per_step


def forms(plan: Plan) -> Sequence[Form]:
    """The forms worth measuring: repeats written out, as planned, and all as scans.

    Scans that save memory stay.
    """
    saving = {r.scope for r in plan.model.repeats if runs_again(r, plan.model)}
    saving.intersection_update(plan.form.scans)
    every = tuple(dict.fromkeys(repeat.scope for repeat in plan.model.repeats))
    choices = dict.fromkeys(((), plan.form.scans, every))
    return [replace(plan.form, scans=scans) for scans in choices if saving <= set(scans)]


def fastest(plan: Plan, timings: Sequence[Timing], steps: int | None) -> Plan:
    """The plan in the form that trains fastest over a run; as it is where there is no choice.

    Args:
        plan: how to train; what was not measured is taken from it.
        timings: how long forms take.
        steps: of the run. None where no one knows them: then it counts as long, and steps decide.
    """
    if len(timings) < 2:
        return plan

    def seconds(one: Timing) -> float:
        return one.seconds_per_step if steps is None else one.seconds(steps)

    best, *others = sorted(timings, key=seconds)
    if steps is None:
        reason = "measured fastest per step"
    else:
        rest = " and ".join(f"{seconds(one):,.1f} s ({one.form.repeats})" for one in others)
        took = f"{steps:,} steps take {seconds(best):,.1f} s"
        reason = f"measured, {took}, against {rest}"
    return replace(plan, form=best.form, scan_reason=reason)

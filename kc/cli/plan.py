"""``kc plan``: what training will cost, before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli.options import Device, Overrides, Profiles, Root, SpecPath, changes

if TYPE_CHECKING:
    from kc.compiler.plan.plan import Plan
    from kc.compiler.plan.timing import Timing
    from kc.core.types import Size


def plan(
    spec: SpecPath,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    device: Device = None,
    measure: Annotated[
        bool, typer.Option(help="Compile a training step and time it on made-up data.")
    ] = True,
) -> None:
    """Show how a spec will run: parameters, work, memory, the chosen strategy, time.

    Repeats train as a scan over stacked weights or written out. Both are measured and kept, so that
    `kc train` takes what is faster over the run: its compiling and all its steps.

    \b
    Examples:
      kc plan spec.yaml
      kc plan spec.yaml --set training.batch_size=512
      kc plan spec.yaml --no-measure
    """
    from kc.cli.targets import find

    target = find(spec)
    planned = target.compile(changes(overrides, profiles, root), device)
    for name, value in chain(_facts(planned), _form(planned, target.folder, measure)):
        print(f"{name:<12} {value}")


def _facts(plan: Plan) -> list[tuple[str, str]]:
    facts, batch = plan.facts, plan.batch_size
    types = ", ".join(f"{name} {kind}" for name, kind in plan.model.given.items())
    outputs = ", ".join(f"{name} {kind}" for name, kind in plan.model.output_types.items())
    return [
        ("name", plan.name),
        ("inputs", types),
        ("outputs", outputs),
        ("parameters", f"{facts.parameters:,}, and {facts.state:,} numbers of state"),
        ("work", f"{_scaled(facts.flops)}FLOP per example, about three times that in training"),
        (
            "memory",
            f"about {_scaled(facts.training_bytes(batch))}B in training, batches of {batch}",
        ),
        ("strategy", f"{plan.strategy}: {plan.reason}"),
    ]


def _form(plan: Plan, folder: Path, measure: bool) -> Iterator[tuple[str, str]]:
    """How repeats run, how long forms take, and what is fastest over the run."""
    from kc.compiler.plan.timing import fastest
    from kc.runtime import timings
    from kc.runtime.device import device_name

    measure = measure and plan.training is not None
    known = () if measure else timings.read(plan)
    steps: int | None = None
    if measure or known:
        yield "device", device_name()
        steps, told = _steps(plan, folder)
        yield "steps", told
    if measure:
        known = _measured(plan)
    if len(known) > 1:
        for one in known:
            yield "measured", f"{one.form.repeats}: {_times(one, steps)}"
    plan = fastest(plan, known, steps)
    if plan.scan_reason:
        yield "repeats", f"{plan.form.repeats}: {plan.scan_reason}"
    if measure:
        yield from _speed(plan, next(one for one in known if one.form == plan.form), steps)


def _measured(plan: Plan) -> Sequence[Timing]:
    """How long each form takes; kept for training."""
    from kc.compiler.plan.timing import forms
    from kc.runtime import timings
    from kc.runtime.measure import measure_step

    found = [measure_step(replace(plan, form=form)) for form in forms(plan)]
    if len(found) > 1:
        timings.write(plan, found)
    return found


def _steps(plan: Plan, folder: Path) -> tuple[int | None, str]:
    """How many steps a run has, and that in words; None where the data cannot be read."""
    from kc.core.diagnostic import CompileError
    from kc.core.text import count
    from kc.runtime.data.job import examples, steps_of_run

    try:
        data = examples(plan, folder)
    except CompileError as error:
        return None, f"unknown: {error.report.diagnostics[0].message}"
    steps = steps_of_run(plan, data)
    epochs = count(plan.epochs, "epoch")
    each = plan.steps_per_epoch
    size = count(each, "step") if each else count(len(data.train), "example")
    return steps, f"{steps:,} in {epochs} of {size}"


def _times(found: Timing, steps: int | None) -> str:
    each = (
        f"{found.compile_seconds:.2f} s to compile, {1000 * found.seconds_per_step:.3f} ms per step"
    )
    return each if steps is None else f"{each}, {found.seconds(steps):,.1f} s in all"


def _speed(plan: Plan, found: Timing, steps: int | None) -> Iterator[tuple[str, str]]:
    from kc.compiler.lower.assemble import made_up_sizes
    from kc.core.sizes import known, sizes_at
    from kc.core.text import count

    rate = plan.batch_size / found.seconds_per_step
    sizes = made_up_sizes(plan.compiled)
    (flops,) = known(sizes_at((plan.facts.flops,), sizes))
    work = 3 * flops * plan.batch_size / found.seconds_per_step
    if sizes:
        made_up = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        yield "sizes", f"{made_up}, made up"
    yield "compiling", f"{found.compile_seconds:.2f} s"
    yield "time", f"{1000 * found.seconds_per_step:.3f} ms per step, {rate:,.0f} examples/s"
    yield "speed", f"{_scaled(work)}FLOP/s"
    if steps is not None:
        yield "training", f"{found.seconds(steps):,.1f} s for {count(steps, 'step')}"


def _scaled(number: Size | float) -> str:
    """``1234567`` as ``1.23 M``."""
    if not isinstance(number, int | float):
        return f"{number:,} "
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.2f} {unit}"
    return f"{number:.0f} "

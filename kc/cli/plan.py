"""``kc plan``: what training will cost, before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli.options import Device, Overrides, Profiles, Root, SpecPath, changes

if TYPE_CHECKING:
    from kc.compiler.plan.plan import Plan
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
    """Show how a spec will run: parameters, work, memory, the chosen strategy, time per step.

    \b
    Examples:
      kc plan spec.yaml
      kc plan spec.yaml --set training.batch_size=512
      kc plan spec.yaml --no-measure
    """
    from kc.cli.targets import find

    chosen = find(spec).compile(changes(overrides, profiles, root), device)
    for name, value in _facts(chosen):
        print(f"{name:<12} {value}")
    if measure and chosen.training is not None:
        for name, value in _measured(chosen):
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
        *_repeats(plan),
    ]


def _repeats(plan: Plan) -> list[tuple[str, str]]:
    """How repeats run, where there are any."""
    if not plan.scan_reason:
        return []
    form = "as a scan" if plan.form.scans else "one by one"
    return [("repeats", f"{form}: {plan.scan_reason}")]


def _measured(plan: Plan) -> list[tuple[str, str]]:
    from kc.compiler.lower.assemble import made_up_sizes
    from kc.core.sizes import known, sizes_at
    from kc.runtime.measure import measure_step

    found = measure_step(plan)
    rate = plan.batch_size / found.seconds_per_step
    sizes = made_up_sizes(plan.compiled)
    (flops,) = known(sizes_at((plan.facts.flops,), sizes))
    work = 3 * flops * plan.batch_size / found.seconds_per_step
    made_up = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    return [
        *([("sizes", f"{made_up}, made up")] if sizes else []),
        ("device", found.device),
        ("compiling", f"{found.compile_seconds:.2f} s"),
        ("time", f"{1000 * found.seconds_per_step:.3f} ms per step, {rate:,.0f} examples/s"),
        ("speed", f"{_scaled(work)}FLOP/s"),
    ]


def _scaled(number: Size | float) -> str:
    """``1234567`` as ``1.23 M``."""
    if not isinstance(number, int | float):
        return f"{number:,} "
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.2f} {unit}"
    return f"{number:.0f} "

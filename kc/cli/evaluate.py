"""``kc evaluate``: loss and metrics of a trained model."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from kc.cli import render
from kc.cli.options import AllowPlugins, Device, Overrides, Profiles, Root, changes

Part = Literal["test", "validation", "train"]


def evaluate(
    target: Annotated[
        str,
        typer.Argument(metavar="SPEC|RUN|MODEL", help="What was trained: a spec, a run, a file."),
    ],
    part: Annotated[
        Part | None, typer.Option(help="Which examples; the test part by default.")
    ] = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    device: Device = None,
    allow_plugins: AllowPlugins = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Measure a trained model on the examples of its spec.

    \b
    Examples:
      kc evaluate spec.yaml                 # the newest run of this spec
      kc evaluate runs/digits-20260131-094500 --part validation
      kc evaluate spec.yaml --json | jq .accuracy
    """
    from kc.cli.targets import trained
    from kc.compiler.plan.execution import Execution
    from kc.runtime.data.host import on_host
    from kc.runtime.data.job import examples
    from kc.runtime.fitting import recalled
    from kc.runtime.loop import measure
    from kc.runtime.model_file import load_state, read_spec

    found, weights = trained(target, allow_plugins)
    plan = recalled(found.compile(changes(overrides, profiles, root), device), read_spec(weights))
    plan.trained()
    plan.compiled.need_fitted()
    data = examples(plan, found.folder)
    name = part or ("test" if data.test is not None else "train")
    chosen = getattr(data, name)
    if chosen is None:
        raise render.usage_error(
            f"the spec splits off no {name} examples", "choose another `--part`"
        )
    execution = Execution(plan)
    logs = measure(execution, load_state(weights, execution), on_host(plan.model, chosen))
    if as_json:
        print(json.dumps(dict(logs)))
    else:
        values = "  ".join(f"{key} {value:.4f}" for key, value in logs.items())
        print(f"{name} ({len(chosen):,} examples)  {values}")

"""``kc report``: the page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli.options import Device, Overrides, Profiles, Root, changes, write

if TYPE_CHECKING:
    from kc.compiler.plan.plan import Plan
    from kc.report.write import Trained


def report(
    run: Annotated[str, typer.Argument(metavar="SPEC|RUN", help="A run, or its spec.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="`report.html` of the run by default."),
    ] = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    device: Device = None,
) -> None:
    """Write the page of a run: curves, results, worst examples, data, model, spec.

    It is one HTML file that needs no network. `kc train` writes it, too. Of a run that has not
    finished it shows what there is.

    \b
    Examples:
      kc report runs/digits-20260131-094500
      kc report spec.yaml -o digits.html       # the newest run of this spec
    """
    from kc.cli.targets import experiment, find
    from kc.report.write import FILE, run_report
    from kc.runtime.run_folder import MODEL_FILE, newest

    options = changes(overrides, profiles, root)
    target = find(run)
    path = target.run or newest(experiment(target, options))
    plan = target.compile(options, device)
    weights = path / MODEL_FILE
    trained = _trained(plan, weights, target.folder) if weights.exists() else None
    write(run_report(path, plan.compiled, trained), output or path / FILE)


def _trained(plan: Plan, weights: Path, folder: Path) -> Trained:
    from kc.compiler.plan.execution import Execution
    from kc.report.write import Trained
    from kc.runtime.data.job import examples
    from kc.runtime.fitting import recalled
    from kc.runtime.model_file import load_state, read_spec

    plan = recalled(plan, read_spec(weights))
    parts = examples(plan, folder)
    execution = Execution(plan)
    return Trained(execution, load_state(weights, execution), parts)

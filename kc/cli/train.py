"""``kc train``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kc.cli import render, train_job
from kc.cli.options import Device, Overrides, Profiles, Root, changes
from kc.cli.warm_start import WarmStart

_ALONE = "leave away --init-from, --allow-change and --strict-resume"


def train(
    target: Annotated[
        str, typer.Argument(metavar="SPEC|RUN", help="A spec, or a run's folder with --resume.")
    ],
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the newest checkpoint of the run.")
    ] = False,
    run_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the new run; `runs/NAME-TIME` by default."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Short for `--set training.seed=N`.")
    ] = None,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
    allow_change: Annotated[
        bool,
        typer.Option(help="With --resume: go on though spec or data changed, and keep a record."),
    ] = False,
    strict_resume: Annotated[
        bool, typer.Option(help="With --resume: take no older checkpoint for a damaged one.")
    ] = False,
    init_from: Annotated[
        str | None,
        typer.Option(metavar="RUN|FILE", help="Begin with the weights of a run or a model file."),
    ] = None,
    surgery: Annotated[
        bool, typer.Option(help="With --init-from: cut and fill up weights of other sizes.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="With --init-from: show what becomes of each weight, and end.")
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2, max=1000, metavar="N", help="Cross-validate: a run for each of N folds."
        ),
    ] = None,
) -> None:
    """Train a model: check the spec, load the data, compile, run, test, keep all in a folder.

    The run's folder holds the spec as given and as resolved, the generated Python, the history, the
    checkpoints, the finished model and a page about it all, report.html. Ctrl-C saves a checkpoint
    first.

    \b
    Examples:
      kc train spec.yaml
      kc train spec.yaml --set training.epochs=50 --seed 7
      kc train spec.yaml --resume                # the newest run of this spec
      kc train runs/digits-20260131-094500 --resume
      kc train wider.yaml --init-from runs/digits-20260131-094500 --surgery
      kc train spec.yaml --folds 5

    Exit code 0: trained. 1: the spec or the data hold errors. 4: the run failed.
    130: interrupted, with a checkpoint saved.
    """
    from kc.cli.folds import CrossValidation
    from kc.cli.targets import find
    from kc.runtime.folds import is_folds

    seeded = [] if seed is None else [f"training.seed={seed}"]
    options = changes([*(overrides or ()), *seeded], profiles, root)
    if folds is not None or is_folds(Path(target)):
        if init_from or allow_change or strict_resume:
            raise render.usage_error("folds begin and go on by the spec alone", _ALONE)
        asked = CrossValidation(target, options, folds, device, quiet)
        raise typer.Exit(asked.resume() if resume else asked.begin(run_dir))
    found = find(target)
    if found.run is not None and not resume:
        raise render.usage_error(f"{target} is a run", "add --resume to go on with it")
    _check_goes_with("--resume", resume, allow_change=allow_change, strict_resume=strict_resume)
    _check_goes_with("--init-from", bool(init_from), surgery=surgery, dry_run=dry_run)
    if resume and init_from:
        raise render.usage_error("--resume has weights already", "leave away --init-from")
    if resume:
        job = train_job.resumed(found, options, device, allow_change, strict_resume)
    else:
        warm = WarmStart(init_from, surgery, dry_run, quiet) if init_from else None
        job = train_job.fresh(found, options, device, run_dir, warm)
    try:
        code = train_job.run(job, quiet)
    finally:
        job.run.close()
    raise typer.Exit(code)


def _check_goes_with(base: str, is_given: bool, **options: bool) -> None:
    """Refuse options that mean nothing without another one."""
    for name, value in options.items():
        if value and not is_given:
            option = f"--{name.replace('_', '-')}"
            raise render.usage_error(f"{option} goes with {base}", f"add {base}")

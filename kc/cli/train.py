"""``kc train``: the main job."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.cli.options import Device, Overrides, Profiles, Root, changes
from kc.cli.render import ExitCode
from kc.core.diagnostic import Report
from kc.core.events import Notice

if TYPE_CHECKING:
    from kc.cli.targets import Target
    from kc.compiler.pipeline import Compiled, Options
    from kc.runtime.job import Job
    from kc.runtime.loop import Position
    from kc.runtime.run_folder import RunFolder


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
) -> None:
    """Train a model: check the spec, load the data, compile, run, test, keep all in a folder.

    The run's folder holds the spec as given and as resolved, the generated Python, the history, the
    checkpoints and the finished model. Ctrl-C saves a checkpoint first.

    \b
    Examples:
      kc train spec.yaml
      kc train spec.yaml --set training.epochs=50 --seed 7
      kc train spec.yaml --resume                # the newest run of this spec
      kc train runs/digits-20260131-094500 --resume

    Exit code 0: trained. 1: the spec or the data hold errors. 4: the run failed.
    130: interrupted, with a checkpoint saved.
    """
    from kc.cli.targets import find

    seeded = [] if seed is None else [f"training.seed={seed}"]
    options = changes([*(overrides or ()), *seeded], profiles, root)
    found = find(target)
    if found.run is not None and not resume:
        raise render.usage_error(f"{target} is a run", "add --resume to go on with it")
    job = _resumed(found, options, device) if resume else _fresh(found, options, device, run_dir)
    try:
        code = _run(job, quiet)
    finally:
        job.run.close()
    raise typer.Exit(code)


def _fresh(found: Target, options: Options, device: str | None, run_dir: Path | None) -> Job:
    from kc.cli.targets import planned
    from kc.interop.initial import load
    from kc.runtime import job
    from kc.runtime.run_folder import new_path

    compiled = found.shown(options)
    initial = load(compiled.graph, found.folder)
    plan = replace(planned(compiled, device), initial=initial)
    report = Report()
    run_path = run_dir or new_path(plan.name, datetime.now())
    begun = job.begin(plan, found.folder, run_path, report)
    render.show(report)
    _describe(begun.run, begun.plan.compiled)
    return begun


def _describe(run: RunFolder, compiled: Compiled) -> None:
    """Put the spec and the generated program into the run's folder."""
    from kc.core import codes
    from kc.emit.names import EmitError
    from kc.emit.python import to_python

    run.write("spec.yaml", compiled.source.text)
    try:
        run.write("model.py", to_python(compiled))
    except EmitError as error:
        report = Report()
        report.add(codes.PLUGIN_NOT_PRINTED, f"no model.py is written: {error}")
        render.show(report)


def _resumed(found: Target, options: Options, device: str | None) -> Job:
    from kc.cli.targets import experiment
    from kc.runtime import job
    from kc.runtime.run_folder import newest

    report = Report()
    run = found.run or newest(experiment(found, options))
    resumed = job.resume(
        run, lambda form: found.compile(options, device, form), found.folder, report
    )
    render.show(report)
    return resumed


def _run(job: Job, quiet: bool) -> ExitCode:
    from kc.library.callbacks.progress import Progress

    if not quiet:
        print(_header(job))
        if not any(isinstance(callback, Progress) for callback in job.plan.callbacks):
            job.extra = [Progress()]
    with _interruptible(job):
        for event in job.events():
            if isinstance(event, Notice):
                render.show([event.diagnostic])
    return _result(job)


def _header(job: Job) -> str:
    from kc.core.text import count

    plan, data = job.plan, job.data
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items() if part)
    resumed = ""
    if job.resumed is not None:
        resumed = f"\n{_position(job.resumed.position, plan.epochs)}"
    return (
        f"{plan.name}: {count(plan.facts.parameters, 'parameter')}, examples: {sizes}, "
        f"batches of {plan.batch_size}, {plan.strategy} steps\n"
        f"run folder: {job.run.path}{resumed}"
    )


def _position(position: Position, epochs: int) -> str:
    if position.stopped is not None:
        return f"nothing left to train: {position.stopped}"
    if position.epoch > epochs:
        more = f"more with `--set training.epochs={2 * epochs}`"
        return f"nothing left to train: all {epochs} epochs are done; {more}"
    return f"resuming at epoch {position.epoch}, step {position.step + 1}"


def _result(job: Job) -> ExitCode:
    from kc.runtime.run_folder import MODEL_FILE

    if job.unsaved is not None:
        render.show([job.unsaved])
    if job.interrupted:
        if job.unsaved is None:
            print(f"interrupted; a checkpoint is saved: kc train {job.run.path} --resume",
                  file=sys.stderr)  # fmt: skip
        return ExitCode.INTERRUPTED
    if job.test is not None:
        print("test  " + "  ".join(f"{name} {value:.4f}" for name, value in job.test.items()))
    if job.unsaved is not None:
        return ExitCode.RUN_FAILED
    print(f"model: {job.run.path / MODEL_FILE}")
    return ExitCode.CLEAN


@contextmanager
def _interruptible(job: Job) -> Generator[None]:
    """Let the first SIGINT or SIGTERM end the run with a checkpoint, and a second one at once."""

    def ask(number: int, frame: object) -> None:
        if job.loop is None or job.loop.interrupted:
            raise KeyboardInterrupt
        job.loop.interrupted = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""A training job of a command: begun or resumed, run, told about."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kc.cli import render
from kc.cli.render import ExitCode
from kc.cli.signals import asked_to_end
from kc.core.diagnostic import Report
from kc.core.events import Notice

if TYPE_CHECKING:
    from kc.cli.targets import Target
    from kc.cli.warm_start import WarmStart
    from kc.compiler.pipeline import Compiled, Options
    from kc.runtime.job import Job
    from kc.runtime.run_folder import RunFolder
    from kc.runtime.standing import Position


def fresh(
    found: Target,
    options: Options,
    device: str | None,
    run_dir: Path | None,
    warm: WarmStart | None,
) -> Job:
    from kc.cli.targets import planned
    from kc.interop.initial import load
    from kc.runtime import job, timings
    from kc.runtime.run_folder import new_path

    compiled = found.shown(options)
    initial = load(compiled.graph, found.folder)
    plan = planned(compiled, device)
    if warm is not None:
        initial = warm.values(plan, initial)
    plan = replace(plan, initial=initial)
    report = Report()
    run_path = run_dir or new_path(plan.name, datetime.now())
    begun = job.begin(plan, found.folder, run_path, report, timings.read(plan))
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


def resumed(
    found: Target,
    options: Options,
    device: str | None,
    allow_change: bool = False,
    strict: bool = False,
) -> Job:
    from kc.cli.targets import experiment
    from kc.runtime import job
    from kc.runtime.changes import Terms
    from kc.runtime.run_folder import newest

    report = Report()
    path = found.run or newest(experiment(found, options))
    going_on = job.resume(
        path,
        lambda form: found.compile(options, device, form),
        found.folder,
        report,
        Terms(allow_change, strict),
    )
    render.show(report)
    return going_on


def run(job: Job, quiet: bool) -> ExitCode:
    from kc.library.callbacks.progress import Progress
    from kc.runtime.sessions import recorded

    if not quiet:
        print(_header(job))
        if not any(isinstance(callback, Progress) for callback in job.plan.callbacks):
            job.extra = [Progress()]
    session_of = recorded(job.run.path, lambda: datetime.now(UTC))
    with asked_to_end(lambda: _interrupt(job)), session_of as session:
        for event in job.events():
            if isinstance(event, Notice):
                render.show([event.diagnostic])
        if job.interrupted:
            session.how = "interrupted"
    code = _result(job)
    if code is ExitCode.CLEAN:
        _report(job)
    return code


def _report(job: Job) -> None:
    """Leave the page of the run in its folder."""
    from kc.core import codes
    from kc.report.write import FILE, Trained, run_report
    from kc.runtime.data.job import examples

    assert job.loop is not None
    data = job.data
    if job.plan.model.host is not None:  # what trains are numbers; people want to see the text
        data = examples(job.plan, job.run.path / job.folder, job.plan.form.streamed)
    trained = Trained(job.loop.execution, job.loop.state, data)
    path = job.run.path / FILE
    try:
        page = run_report(job.run.path, job.plan.compiled, trained)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        report = Report()
        report.add(
            codes.SAVE_FAILED,
            f"{path} could not be saved: {error.strerror or error}",
            help=f"make room, then `kc report {job.run.path}`",
        )
        render.show(report)
    else:
        print(f"report: {path}")


def _header(job: Job) -> str:
    from kc.core.text import count

    plan, data = job.plan, job.data
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    sizes = ", ".join(f"{len(part):,} {name}" for name, part in parts.items() if part)
    repeats = f"\nrepeats {plan.form.repeats}: {plan.scan_reason}" if plan.scan_reason else ""
    resumed = ""
    if job.resumed is not None:
        resumed = f"\n{_position(job.resumed.position, plan.epochs)}"
    return (
        f"{plan.name}: {count(plan.facts.parameters, 'parameter')}, examples: {sizes}, "
        f"batches of {plan.batch_size}, {plan.strategy} steps{repeats}\n"
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


def _interrupt(job: Job) -> None:
    """Let the first signal end the run with a checkpoint, and a second one at once."""
    if job.loop is None or job.loop.asked_to_end:
        raise KeyboardInterrupt
    job.loop.interrupt()

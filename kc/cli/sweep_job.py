"""A sweep of a command: begun, gone on with or joined, and told about."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kc.cli import render, train_job
from kc.cli.options import folder_of
from kc.cli.render import ExitCode
from kc.cli.signals import asked_to_end
from kc.cli.sweep_table import told, watching
from kc.cli.targets import Target, find
from kc.compiler.pipeline import Options
from kc.core.diagnostic import Report
from kc.core.text import count
from kc.runtime.device import set_up
from kc.runtime.runs import logs as logs_of
from kc.runtime.runs import read_history
from kc.sweep.begin import Work, begin, go_on
from kc.sweep.folder import SweepFolder, fresh_path, is_sweep
from kc.sweep.search import Search
from kc.sweep.study import best
from kc.sweep.training import logged
from kc.sweep.trial import Trial


def head(
    target: str,
    options: Options,
    path: Path | None,
    device: str | None,
    resume: bool,
    refit: bool,
    quiet: bool,
) -> ExitCode:
    """Begin a sweep, or go on with one, and end it."""
    report = Report()
    if is_sweep(Path(target)) and not resume:
        raise render.usage_error(f"{target} is begun", "add --resume to go on with it")
    set_up(device)
    if resume:
        work = go_on(_begun(target, options), options.overrides, report)
    else:
        found = find(target)
        if found.run is not None:
            raise render.usage_error(f"{target} is a run", "name a spec, or the folder of a sweep")
        options = replace(options, folder=folder_of(target))
        name = _name(found, options)
        work = begin(found.source, options, path or fresh_path(name, datetime.now()), report)
    render.show(report)
    with work.folder.headed():
        code = _run(work, quiet, to_the_end=True)
        if code in {ExitCode.CLEAN, ExitCode.TRIALS_FAILED}:
            code = _end(work, device, refit, quiet) or code
    return code


def join(path: Path, device: str | None, quiet: bool) -> ExitCode:
    """Run trials of a sweep that another process heads."""
    report = Report()
    set_up(device)
    work = go_on(path, (), report)
    return _run(work, quiet, to_the_end=False)


def _name(found: Target, options: Options) -> str:
    """Name of the experiment."""
    return found.compiled(options, Report()).name


def _begun(target: str, options: Options) -> Path:
    """The folder of the sweep that a target names: its own, or the newest of a spec."""
    if is_sweep(Path(target)) or Path(target).is_dir():
        return Path(target)
    found = find(target)
    return SweepFolder.newest(_name(found, replace(options, folder=found.folder))).path


def _run(work: Work, quiet: bool, *, to_the_end: bool) -> ExitCode:
    study = work.study
    if not quiet:
        runs = f", {work.sweep.runs} runs each" if work.sweep.runs > 1 else ""
        print(f"{study.planned} trials of {count(len(study.space.all), 'setting')}{runs}, "
              f"{work.sweep.sampler.kind}\nsweep folder: {work.folder.path}")  # fmt: skip
    try:
        with asked_to_end(_leave), watching(study, quiet) as observer:
            Search(study, work.executor, observer).run(to_the_end=to_the_end)
    except KeyboardInterrupt:
        left = study.planned - sum(own.state != "running" for own in study.trials())
        print(f"interrupted, {count(left, 'trial')} left: kc sweep {work.folder.path} --resume",
              file=sys.stderr)  # fmt: skip
        return ExitCode.INTERRUPTED
    failed = [own for own in study.trials() if own.state == "failed"]
    return ExitCode.TRIALS_FAILED if failed else ExitCode.CLEAN


def _leave() -> None:
    """End a sweep at SIGTERM as at Ctrl-C: a trial under way is run again later."""
    raise KeyboardInterrupt


def _end(work: Work, device: str | None, refit: bool, quiet: bool) -> ExitCode | None:
    """Tell what was found, and train the best trial again; None where that went well."""
    trials = work.study.trials()
    front = best(trials, work.sweep.objective)
    for own in trials:
        if own.state == "failed":
            print(f"trial {own.number} failed: {own.outcome.why}", file=sys.stderr)
    if not front:
        print("no trial has finished", file=sys.stderr)
        return None
    for own in front:
        print(f"best: {told(own, work.study)}")
    if len(front) > 1 or not refit:
        print(f"more: kc sweep show {work.folder.path}")
        return None
    return _refit(work, front[0], device, quiet)


def _refit(work: Work, own: Trial, device: str | None, quiet: bool) -> ExitCode | None:
    """Train a trial as ``kc train`` does, so that its numbers are those of a plain run."""
    path = work.folder.winner
    overrides = work.study.space.assignments(own.point)
    if not quiet:
        print(f"trial {own.number} again, alone")
    if not _is_of(path, work.folder.trial(own.number)):
        shutil.rmtree(path, ignore_errors=True)
    if not (path / "results.json").exists():
        code = _train(work, overrides, path, device, quiet)
        if code is not ExitCode.CLEAN:
            return code
    history = [logs_of(line) for line in read_history(path)]
    alone = logged(history, work.sweep.objective)
    for position, goal in enumerate(work.sweep.objective):
        value = alone.get(goal.metric, own.values[position])
        print(f"{goal.metric}  {own.values[position]:.6g} in the sweep, {value:.6g} alone")
    print(f"run folder: {path}")
    return None


def _train(
    work: Work, overrides: Sequence[str], path: Path, device: str | None, quiet: bool
) -> ExitCode:
    if any(path.glob("checkpoints/*.h5")):
        job = train_job.resumed(find(str(path)), Options(), device)
    else:
        shutil.rmtree(path, ignore_errors=True)
        source = Target(work.source, work.options.folder or Path())
        options = replace(work.options, overrides=[*work.options.overrides, *overrides])
        job = train_job.fresh(source, options, device, path, None)
    try:
        return train_job.run(job, quiet)
    finally:
        job.run.close()


def _is_of(path: Path, trial: Path) -> bool:
    """Whether a run is of the spec of a trial."""
    try:
        first, second = (json.loads((own / "lock.json").read_text()) for own in (path, trial))
        return first["spec"] == second["spec"]
    except (OSError, ValueError, KeyError):
        return False

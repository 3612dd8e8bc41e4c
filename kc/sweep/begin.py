"""How a process comes to work on a sweep: it begins one, goes on with one, or joins one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kc.compiler.pipeline import Options, check
from kc.compiler.source.files import read_file
from kc.core import codes
from kc.core.comparison import difference
from kc.core.diagnostic import Report, failure
from kc.core.span import SourceText
from kc.core.text import listing
from kc.runtime.device import environment
from kc.schemas.spec import Spec
from kc.schemas.sweep import Sweep, searched
from kc.sweep.executors import Executor
from kc.sweep.executors.local import Local
from kc.sweep.folder import SPEC, Asked, SweepFolder, refuse_changes, seen_from
from kc.sweep.study import Study
from kc.sweep.training import Trainer

_VERSIONS = ("jax", "jaxlib", "optax")


@dataclass(frozen=True, slots=True)
class Work:
    """A sweep that this process can work on."""

    folder: SweepFolder
    source: SourceText
    options: Options
    """All that its spec is read with."""
    spec: Spec
    study: Study
    executor: Executor

    @property
    def sweep(self) -> Sweep:
        return self.study.sweep


def begin(source: SourceText, options: Options, path: Path, report: Report) -> Work:
    """Begin a sweep in a fresh folder.

    Args:
        source: the spec.
        options: what is said about it outside of its text, and where its paths begin.
        path: the folder.
        report: takes warnings.

    Raises:
        CompileError: when the spec or its space holds errors, or the folder exists already.
    """
    spec = _checked(source, options, report)
    asked = _asked(spec, options, path)
    return _work(SweepFolder.create(path, source.text, asked), source, options, spec)


def go_on(path: Path, overrides: Sequence[str], report: Report) -> Work:
    """Work on a sweep that was begun before. Overrides may ask for more trials.

    Raises:
        CompileError: when there is none, or it is of another spec or version.
    """
    folder = SweepFolder.open(path)
    asked = folder.asked()
    root = None if asked.root is None else path / asked.root
    given = [*asked.overrides, *overrides]
    options = Options(given, asked.profiles, path / asked.folder, root)
    source = read_file(str(path / SPEC))
    spec = _checked(source, options, report)
    now = _asked(spec, options, path)
    refuse_changes(asked, now, path)
    _refuse_versions(asked, path)
    if overrides:
        folder.keep(replace(now, environment=asked.environment))
    return _work(folder, source, options, spec)


def look_at(path: Path) -> Work:
    """A sweep to be shown: nothing is checked that only running needs.

    Raises:
        CompileError: when there is none, or it is of another spec or version.
    """
    return go_on(path, (), Report())


def _checked(source: SourceText, options: Options, report: Report) -> Spec:
    checked = check(source, options, report, options.folder)
    report.raise_if_failed()
    assert checked is not None
    spec = checked[0]
    if spec.sweep is None:
        raise failure(
            codes.NO_SWEEP,
            "the spec has no section `sweep`",
            help="add `sweep: {objective: val_loss, space: {training.batch_size: [16, 32]}}`",
        )
    if spec.training is None:
        raise failure(
            codes.NO_TRAINING,
            "the spec has no section `training`",
            help="add `training: {loss: ..., optimizer: ...}`",
        )
    if missing := spec.sweep.sampler.missing:
        raise failure(
            codes.SWEEP_PACKAGE,
            f"the sampler {spec.sweep.sampler.kind} needs {listing(missing)}",
            at=spec.sweep.sampler.span,
            help=f"`pip install {' '.join(missing)}`, or take another sampler: `tpe`",
        )
    return spec


def _asked(spec: Spec, options: Options, path: Path) -> Asked:
    assert spec.sweep is not None
    folder = options.folder or Path()
    return Asked(
        name=spec.name or "model",
        folder=seen_from(path, folder),
        root=None if options.root is None else seen_from(path, options.root),
        overrides=options.overrides,
        profiles=options.profiles,
        spec=spec.resolved(),
        searched=searched(spec.sweep),
        environment=environment(),
    )


def _work(folder: SweepFolder, source: SourceText, options: Options, spec: Spec) -> Work:
    assert spec.sweep is not None
    assert spec.training is not None
    study = Study(folder, spec.sweep, spec.training.epochs)
    executor = Local(Trainer(source, options, spec.sweep))
    return Work(folder, source, options, spec, study, executor)


def _refuse_versions(asked: Asked, path: Path) -> None:
    now = environment()
    found = [c for c in difference(asked.environment, now) if c.path[:1] and c.path[0] in _VERSIONS]
    if found:
        raise failure(
            codes.STUDY_VERSION,
            f"{path} was begun with other versions",
            help="install those versions, or begin a new sweep",
            notes=tuple(map(str, found)),
        )

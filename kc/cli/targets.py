"""What ``SPEC|RUN`` names: a spec, a run's folder, or a saved model."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from kc.cli import render
from kc.cli.options import read_spec
from kc.compiler.pipeline import Compiled, Options, compile
from kc.compiler.plan.plan import Form, Plan, plan
from kc.compiler.source.reader import decode
from kc.core import codes
from kc.core.diagnostic import Report, failure
from kc.core.span import SourceText
from kc.runtime.device import set_up
from kc.runtime.run_folder import MODEL_FILE, newest, to_yaml


@dataclass(frozen=True, slots=True)
class Target:
    """A spec with the folder that its data paths begin at, and the run it belongs to, if any."""

    source: SourceText
    folder: Path
    run: Path | None = None
    trusted: bool = True
    """Whether the spec may run plugins and name other specs: that of a model file is not the user's
    own.
    """

    def compile(self, options: Options, device: str | None, form: Form | None = None) -> Plan:
        """The plan of the spec; warnings are shown.

        Raises:
            CompileError: when the spec holds errors, or the device is not there.
        """
        return planned(self.shown(options), device, form)

    def shown(self, options: Options) -> Compiled:
        """The program of the spec; warnings are shown.

        Raises:
            CompileError: when the spec holds errors.
        """
        report = Report()
        compiled = self.compiled(options, report)
        render.show(report)
        return compiled

    def compiled(self, options: Options, report: Report) -> Compiled:
        """The program of the spec.

        Raises:
            CompileError: when the spec holds errors.
        """
        folder = self.folder if self.trusted else None
        return compile(self.source, replace(options, folder=folder), report, folder)


def planned(compiled: Compiled, device: str | None, form: Form | None = None) -> Plan:
    """The plan of a program on a device.

    Raises:
        CompileError: when the device is not there.
    """
    set_up(device)
    return plan(compiled, form)


def find(path: str) -> Target:
    """What an argument names.

    Raises:
        CompileError: when it cannot be read, or is a folder without a run.
    """
    place = Path(path)
    if not place.is_dir():
        return Target(read_spec(path), Path() if path == "-" else place.parent)
    try:
        lock = json.loads((place / "lock.json").read_text())
    except (OSError, ValueError):
        raise failure(
            codes.NO_CHECKPOINT,
            f"{path} is a folder without a run",
            help="name a spec, or the folder that `kc train` printed",
        ) from None
    return Target(read_spec(str(place / "resolved.yaml")), place / lock["folder"], place)


def trained(path: str, allow_plugins: bool = False) -> tuple[Target, Path]:
    """A spec, run or model file, and the file with its trained weights.

    The spec in a model file came with the file: its plugins run only where ``allow_plugins`` is
    set.

    Raises:
        CompileError: when there is no trained model.
    """
    place = Path(path)
    if place.suffix in {".h5", ".hdf5"}:
        from kc.runtime.model_file import read_spec as spec_of

        text = to_yaml(spec_of(place))
        return Target(decode(path, text.encode()), place.parent, trusted=allow_plugins), place
    target = find(path)
    run = target.run or newest(experiment(target))
    weights = run / MODEL_FILE
    if not weights.exists():
        raise failure(
            codes.NO_CHECKPOINT,
            f"the run {run} has not finished, so it holds no {MODEL_FILE}",
            help=f"finish it: `kc train {run} --resume`",
        )
    return target, weights


def experiment(target: Target, options: Options | None = None) -> str:
    """Name of the experiment that a spec describes.

    Raises:
        CompileError: when the spec holds errors.
    """
    return target.compiled(options or Options(), Report()).name

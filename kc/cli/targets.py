"""What ``SPEC|RUN`` names: a spec, a run's folder, or a saved model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kc.cli import render
from kc.cli.options import read_spec
from kc.compiler.pipeline import Compiled, compile
from kc.compiler.plan.plan import Plan, Strategy, plan
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
    plugins: bool = True
    """Whether plugins of the spec may run: that of a model file is not the user's own."""

    def compile(
        self, overrides: Sequence[str], device: str | None, strategy: Strategy | None = None
    ) -> Plan:
        """The plan of the spec; warnings are shown.

        Raises:
            CompileError: when the spec holds errors, or the device is not there.
        """
        return planned(self.shown(overrides), device, strategy)

    def shown(self, overrides: Sequence[str]) -> Compiled:
        """The program of the spec; warnings are shown.

        Raises:
            CompileError: when the spec holds errors.
        """
        report = Report()
        compiled = self.compiled(overrides, report)
        render.show(report)
        return compiled

    def compiled(self, overrides: Sequence[str], report: Report) -> Compiled:
        """The program of the spec.

        Raises:
            CompileError: when the spec holds errors.
        """
        return compile(self.source, overrides, report, self.folder if self.plugins else None)


def planned(compiled: Compiled, device: str | None, strategy: Strategy | None = None) -> Plan:
    """The plan of a program on a device.

    Raises:
        CompileError: when the device is not there.
    """
    set_up(device)
    return plan(compiled, strategy)


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
        return Target(decode(path, text.encode()), place.parent, plugins=allow_plugins), place
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


def experiment(target: Target, overrides: Sequence[str] = ()) -> str:
    """Name of the experiment that a spec describes.

    Raises:
        CompileError: when the spec holds errors.
    """
    return target.compiled(overrides, Report()).name

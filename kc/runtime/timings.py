"""What was measured of programs, kept between calls: ``kc plan`` writes it, training reads it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kc.compiler.plan.plan import Form, Plan, Strategy
from kc.compiler.plan.timing import Timing
from kc.core.comparison import fingerprint
from kc.core.version import VERSION
from kc.runtime.cache import cache_folder
from kc.runtime.checkpoint.durable import put
from kc.runtime.device import environment

_NO_PART_OF_A_STEP: Final = {"epochs", "seed", "shuffle", "callbacks"}
"""Settings of `training` that change how often a step runs, not how long it takes."""

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    strategy: Strategy
    scans: tuple[str, ...]
    compile_seconds: _Seconds
    seconds_per_step: _Seconds


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    of: dict[str, Any]
    """The program and the environment."""
    timings: tuple[_Row, ...]


def read(plan: Plan) -> Sequence[Timing]:
    """What was measured of this program in this environment; nothing where no whole file says."""
    of, path = _what(plan), _path(plan)
    try:
        file = _File.model_validate_json(path.read_bytes()) if path else None
    except (OSError, ValidationError):
        return ()
    scopes = {repeat.scope for repeat in plan.model.repeats}
    if file is None or file.of != of or not all(scopes.issuperset(r.scans) for r in file.timings):
        return ()
    return [
        Timing(Form(row.strategy, row.scans), row.compile_seconds, row.seconds_per_step)
        for row in file.timings
    ]


def write(plan: Plan, timings: Sequence[Timing]) -> None:
    """Keep what was measured; without a cache to write to it is forgotten."""
    path = _path(plan)
    if path is None:
        return
    rows = tuple(
        _Row(
            strategy=one.form.strategy,
            scans=one.form.scans,
            compile_seconds=one.compile_seconds,
            seconds_per_step=one.seconds_per_step,
        )
        for one in timings
    )
    with suppress(OSError):
        put(path, _File(of=_what(plan), timings=rows).model_dump_json(indent=2).encode())


def _path(plan: Plan) -> Path | None:
    folder = cache_folder("timings")
    return folder / f"{fingerprint(_what(plan))}.json" if folder else None


def _what(plan: Plan) -> dict[str, Any]:
    """All that the times depend on, besides what else the machine does."""
    spec = plan.resolved
    training = {k: v for k, v in spec.get("training", {}).items() if k not in _NO_PART_OF_A_STEP}
    preprocess = spec.get("data", {}).get("preprocess")
    step = {"model": spec["model"], "preprocess": preprocess, "training": training}
    return {
        "kc": VERSION,
        "program": fingerprint(step),
        "batch_size": plan.batch_size,
        "environment": environment(),
    }

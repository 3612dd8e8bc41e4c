"""What may differ between a checkpoint and the spec and data that go on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.comparison import MISSING, Change, difference, fingerprint, shown
from kc.core.diagnostic import CompileError, Report, failure
from kc.runtime.adaptation import adapt
from kc.runtime.device import environment
from kc.runtime.snapshot import Snapshot

_POSITION_STAYS = {"epochs", "callbacks", "optimizer"}
"""Parts of ``training`` under which the rest of an epoch has a meaning: it has the same batches and
logs the same things."""
_OPTIMIZERS = {"optimizer", "groups", "phases"}
"""Parts of ``training`` that hold learning rates."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which conditions a run may go on."""

    allow_change: bool = False
    """Whether spec and data may differ from those of the checkpoint."""
    strict: bool = False
    """Whether only the newest checkpoint will do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a checkpoint and what is to go on from it."""

    spec: Sequence[Change]
    """Without more epochs: they only lengthen a run."""
    data: bool
    now: Mapping[str, str]
    """Fingerprints of spec and data as they are."""

    def __bool__(self) -> bool:
        return bool(self.spec) or self.data

    @property
    def notes(self) -> tuple[str, ...]:
        return (*map(str, self.spec), *(["the data are others"] if self.data else []))

    def _touch(self, parts: set[str]) -> bool:
        return any(change.path[:1] == ("training",) and change.path[1] in parts
                   for change in self.spec)  # fmt: skip

    @property
    def rates(self) -> bool:
        """Whether learning rates begin anew, as the spec says."""
        return self._touch(_OPTIMIZERS)

    @property
    def callbacks(self) -> bool:
        return self._touch({"callbacks"})

    @property
    def epoch(self) -> bool:
        """Whether an epoch that is half done has to begin again."""
        stays = {("training", part) for part in _POSITION_STAYS}
        return self.data or any(change.path[:2] not in stays for change in self.spec)


def find(meta: Mapping[str, Any], plan: Plan, hashed: str) -> Changes:
    """What differs between a checkpoint and a plan with its data."""
    return Changes(
        [c for c in difference(meta["spec"], plan.resolved) if not _lengthens(c)],
        meta["data"] != hashed,
        {"spec": fingerprint(plan.resolved), "data": hashed},
    )


def _lengthens(change: Change) -> bool:
    if change.path != ("training", "epochs"):
        return False
    old = 1 if change.old is MISSING else change.old
    return isinstance(change.new, int) and change.new >= old


def accept(
    path: Path, meta: Mapping[str, Any], plan: Plan, changes: Changes, report: Report
) -> Snapshot:
    """The snapshot to go on from under accepted changes.

    Raises:
        CompileError: when the state that was saved does not fit the changed spec.
    """
    try:
        found = adapt(path, meta, Execution(plan), epoch=changes.epoch, rates=changes.rates)
    except CompileError as error:
        (cause,) = error.report.diagnostics
        raise failure(
            codes.SPEC_CHANGED,
            "the changed spec does not fit what the checkpoint holds",
            at=plan.place(changes.spec[0].path, None) if changes.spec else None,
            help="take over its weights in a new run: `kc train SPEC --init-from RUN`",
            notes=(*changes.notes, cause.message),
        ) from None
    if changes.callbacks:
        found = found.without_stop()
    report.add(
        codes.CONTINUED_CHANGED,
        "continued with changes: no single spec describes this run any more",
        notes=(*changes.notes, *_consequences(changes, meta)),
    )
    return found


def _consequences(changes: Changes, meta: Mapping[str, Any]) -> list[str]:
    position = meta["position"]
    found: list[str] = []
    if changes.epoch and position["step"]:
        found.append(f"epoch {position['epoch']} begins again, with the weights as they are")
    if changes.rates:
        found.append("learning rates begin as the spec says")
    return found


def refuse(plan: Plan, changes: Changes) -> CompileError:
    """Say what differs, and how to go on all the same."""
    if changes.spec:
        first = changes.spec[0]
        return failure(
            codes.SPEC_CHANGED,
            "the spec changed since the checkpoint",
            at=plan.place(first.path, None),
            label=f"was {shown(first.old)}",
            help="undo the change, accept it with `--allow-change`, or start a new run with "
            "`kc train SPEC`",
            notes=changes.notes,
        )
    return failure(
        codes.DATA_CHANGED,
        "the data changed since the checkpoint",
        help="restore the data, accept them with `--allow-change`, or start a new run with "
        "`kc train SPEC`",
    )


def report_environment(meta: Mapping[str, Any], report: Report) -> None:
    """Say what makes the rest of a run inexact."""
    differing = difference(meta["environment"], environment())
    if differing:
        report.add(
            codes.NOT_EXACT,
            "continued, not bit-exact: this is not the environment that the run began in",
            notes=tuple(map(str, differing)),
        )


def entry(changes: Changes, found: Snapshot) -> dict[str, Any]:
    """What the run's lock keeps of accepted changes."""
    return {
        "epoch": found.position.epoch,
        "step": int(found.state.step),
        "changes": list(changes.notes),
        **changes.now,
    }


def is_recorded(changes: Changes, meta: Mapping[str, Any], history: Sequence[Any]) -> bool:
    """Whether these changes were accepted before, and the run was killed before it saved.

    The history comes from a file, so its form is not trusted.
    """
    known = {**changes.now, "epoch": meta["position"]["epoch"], "changes": list(changes.notes)}
    return any(isinstance(past, dict) and known.items() <= past.items() for past in history)

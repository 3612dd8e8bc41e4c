"""First values of a whole model from the weights of another one, cut and filled up to its sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.diagnostic import Report, failure
from kc.core.text import count, did_you_mean
from kc.core.types import Shape
from kc.interop import foreign
from kc.interop.initial import Given, names_in_files


class Action(StrEnum):
    """What becomes of a weight."""

    KEEP = "keep"
    """The file has it in this shape."""
    SLICE = "slice"
    """The file has more of it: the first entries of each axis are taken."""
    PAD = "pad"
    """The file has less of it on some axis: the rest begins as in a new model."""
    INIT = "init"
    """Begins as in a new model."""
    DROP = "drop"
    """Only the file has it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One weight on its way from a file into a model."""

    name: str
    """``dense/kernel``."""
    action: Action
    source: str | None
    """Its name in the file."""
    old: Shape | None
    new: Shape | None


@dataclass(frozen=True, slots=True)
class Moves:
    """What becomes of all weights of a model and of a file."""

    file: Path
    all: Sequence[Move]

    def warnings(self, surgery: bool) -> Report:
        """What a person should know before training begins."""
        report = Report()
        anew = [move for move in self.all if move.action is Action.INIT]
        unfit = any(move.old is not None for move in anew)
        if anew:
            report.add(
                codes.PARTLY_TAKEN,
                f"{count(len(anew), 'weight')} of {len(self._of_model)} begin as in a new model",
                help="cut and fill up weights of other sizes with `--surgery`"
                if unfit and not surgery
                else None,
                notes=tuple(
                    f"`{m.name}` {list(m.new or ())}"
                    + ("" if m.old is None else f", {list(m.old)} in the file")
                    for m in anew[:10]
                ),
            )
        return report

    @property
    def _of_model(self) -> list[Move]:
        return [move for move in self.all if move.new is not None]

    def values(self, plan: Plan) -> Given:
        """The weights that the file gives, in the model's shapes.

        Raises:
            CompileError: when the file cannot be read.
        """
        wanted = {move.source: move.old for move in self._of_model if move.source and move.old}
        taken = {m.source: m for m in self._of_model if m.source and m.action is not Action.INIT}
        shapes = {name: shape for name, shape in wanted.items() if name in taken}
        arrays = foreign.read(self.file, shapes, self.file.stat().st_size).found
        pads = any(move.action is Action.PAD for move in taken.values())
        fresh = dict(_weights(Execution(plan).fresh_state())) if pads else {}
        given: dict[str, dict[str, np.ndarray]] = {}
        for source, move in taken.items():
            scope, _, weight = move.name.rpartition("/")
            rest = fresh.get(move.name)
            given.setdefault(scope, {})[weight] = _fitted(arrays[source], move.new or (), rest)
        return given


def moves(plan: Plan, file: Path, given: Given, *, surgery: bool) -> Moves:
    """Find the weights of a model in a file, by the names of their layers.

    Args:
        plan: of the model.
        file: a model or a checkpoint of kc, or another file of arrays by name.
        given: first values that the spec itself names; they are left as they are.
        surgery: whether arrays of other sizes are cut and filled up.

    Raises:
        CompileError: when the file cannot be read, or no name in it is one of the model's.
    """
    there = foreign.describe(file).arrays
    wanted = {
        name: tuple(weight.shape)
        for name, weight in _weights(Execution(plan).state_shapes())
        if name.rpartition("/")[2] not in given.get(name.rpartition("/")[0], {})
    }
    found = [_move(name, shape, there, surgery) for name, shape in wanted.items()]
    used = {move.source for move in found}
    if found and used == {None}:
        first = next(iter(wanted))
        raise failure(
            codes.NOTHING_TAKEN,
            f"{file} holds no weight of the model: none is called as `{first}` is",
            help=did_you_mean(first, list(there)) if there else "the file holds no array",
        )
    left = [name for name in there if name not in used and _is_weight(name, there)]
    drops = [Move(name, Action.DROP, name, tuple(there[name]), None) for name in left]
    return Moves(file, [*found, *drops])


def _move(name: str, new: Shape, there: Mapping[str, Sequence[int]], surgery: bool) -> Move:
    scope, _, weight = name.rpartition("/")
    source = next((own for own in names_in_files([scope], weight) if own in there), None)
    if source is None:
        return Move(name, Action.INIT, None, None, new)
    old = tuple(there[source])
    return Move(name, _action(old, new, surgery), source, old, new)


def _action(old: Shape, new: Shape, surgery: bool) -> Action:
    if old == new:
        return Action.KEEP
    if not surgery or len(old) != len(new):
        return Action.INIT
    grows = any(more > less for more, less in zip(new, old, strict=True))
    return Action.PAD if grows else Action.SLICE


def _fitted(array: np.ndarray, shape: Shape, fresh: np.ndarray | None) -> np.ndarray:
    """The array cut to a shape; where it ends before that, the fresh one shows."""
    overlap = tuple(slice(min(a, b)) for a, b in zip(array.shape, shape, strict=True))
    if fresh is None or array.shape == shape:
        return array[overlap]
    whole = np.array(fresh, array.dtype)
    whole[overlap] = array[overlap]
    return whole


def _weights(state: object) -> Iterator[tuple[str, np.ndarray]]:
    """Weights and layer state by name."""
    for owner in ("params", "layers"):
        for scope, arrays in getattr(state, owner).items():
            for name, array in arrays.items():
                yield f"{scope}/{name}", array


def _is_weight(name: str, there: Mapping[str, object]) -> bool:
    """Whether an array of a file is a weight: files of kc hold optimizer state, too."""
    owners = ("params/", "layers/", "state/params/", "state/layers/")
    return name.startswith(owners) or not any(own.startswith(owners) for own in there)

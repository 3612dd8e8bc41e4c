"""Everything that a run needs to go on exactly, to and from a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax

from kc.compiler.plan.execution import Execution, TrainState
from kc.runtime.checkpoint import format
from kc.runtime.loop import Loop
from kc.runtime.standing import Anchor, Position

FORMAT = "kc-checkpoint"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a checkpoint holds."""

    state: TrainState
    position: Position
    callbacks: Sequence[tuple[str, Mapping[str, Any]]]
    """Kind and state of each callback, in order."""
    meta: Mapping[str, Any]
    begun: Anchor | None = None
    """Where the epoch began, in a run that may go back to it."""

    def without_stop(self) -> Snapshot:
        """The same, with nothing that ended the run before its last epoch."""
        return replace(self, position=replace(self.position, stopped=None))


def take(loop: Loop, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Trees and plain data of a loop at this moment; ``facts`` say what they belong to."""
    trees: dict[str, Any] = {"state": loop.anchor.state._asdict()}
    begun = loop.begun if loop.position.step and loop.goes_back else None
    if begun is not None:
        trees["begun"] = begun.state._asdict()
    plain: list[dict[str, Any]] = []
    for number, (callback, watcher) in enumerate(zip(loop.callbacks, loop.watchers, strict=True)):
        state = watcher.state()
        arrays = {name: value for name, value in state.items() if isinstance(value, dict)}
        trees |= {f"callbacks/{number}/{name}": tree for name, tree in arrays.items()}
        plain.append(
            {
                "kind": callback.kind,
                # Copied: lists grow while the checkpoint is being written.
                "state": deepcopy({name: v for name, v in state.items() if name not in arrays}),
                "arrays": sorted(arrays),
            }
        )
    meta = {
        "format": FORMAT,
        "version": 1,
        **facts,
        "position": asdict(loop.position),
        "callbacks": plain,
        **({"begun": asdict(begun.position)} if begun is not None else {}),
    }
    return trees, meta


def read(path: Path, meta: Mapping[str, Any], execution: Execution) -> Snapshot:
    """The snapshot in a checkpoint whose plain data were read and accepted before.

    Raises:
        CompileError: when an array is missing or does not fit the model.
    """
    shapes = execution.state_shapes()
    wanted = {"state": shapes._asdict(), **callback_copies(meta, shapes)}
    goes_back = "begun" in meta
    trees = format.read(path, wanted | ({"begun": shapes._asdict()} if goes_back else {}))
    state = TrainState(**jax.device_put(trees["state"]))
    begun = Anchor(Position(**meta["begun"]), TrainState(**trees["begun"])) if goes_back else None
    position = Position(**meta["position"])
    return Snapshot(state, position, callback_states(meta, trees), meta, begun)


def callback_copies(meta: Mapping[str, Any], shapes: TrainState) -> dict[str, Any]:
    """Templates of the copies of weights that callbacks keep."""
    copy = {"params": shapes.params, "layers": shapes.layers}
    return {key: copy for keys in _keys(meta) for key in keys.values()}


def callback_states(
    meta: Mapping[str, Any], trees: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Kind and state of each callback."""
    return [
        (own["kind"], {**own["state"], **{name: trees[key] for name, key in keys.items()}})
        for own, keys in zip(meta["callbacks"], _keys(meta), strict=True)
    ]


def _keys(meta: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where the trees of each callback stand in a checkpoint, by name."""
    return [
        {name: f"callbacks/{number}/{name}" for name in callback["arrays"]}
        for number, callback in enumerate(meta["callbacks"])
    ]


def restore(loop: Loop, found: Snapshot) -> None:
    """Let the callbacks go on from where they were.

    They are found by their kinds: a run has a progress line more or less.
    """
    loop.begun = found.begun or loop.begun
    left = list(found.callbacks)
    for callback, watcher in zip(loop.callbacks, loop.watchers, strict=True):
        own = next((pair for pair in left if pair[0] == callback.kind), None)
        if own is not None:
            left.remove(own)
            watcher.restore(own[1])

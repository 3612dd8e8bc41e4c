"""Everything that a run needs to go on exactly, to and from a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax

from kc.compiler.plan.execution import Execution, TrainState
from kc.runtime.checkpoint import format
from kc.runtime.loop import Loop, Position

FORMAT = "kc-checkpoint"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a checkpoint holds."""

    state: TrainState
    position: Position
    callbacks: Sequence[tuple[str, Mapping[str, Any]]]
    """Kind and state of each callback, in order."""
    meta: Mapping[str, Any]


def take(loop: Loop, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Trees and plain data of a loop; ``facts`` say what they belong to."""
    trees: dict[str, Any] = {"state": loop.anchor.state._asdict()}
    plain: list[dict[str, Any]] = []
    for number, (callback, watcher) in enumerate(zip(loop.callbacks, loop.watchers, strict=True)):
        state = watcher.state()
        arrays = {name: value for name, value in state.items() if isinstance(value, dict)}
        trees |= {f"callbacks/{number}/{name}": tree for name, tree in arrays.items()}
        plain.append(
            {
                "kind": callback.kind,
                "state": {name: v for name, v in state.items() if name not in arrays},
                "arrays": sorted(arrays),
            }
        )
    meta = {
        "format": FORMAT,
        "version": 1,
        **facts,
        "position": asdict(loop.position),
        "callbacks": plain,
    }
    return trees, meta


def read(path: Path, meta: Mapping[str, Any], execution: Execution) -> Snapshot:
    """The snapshot in a checkpoint whose plain data were read and accepted before.

    Raises:
        CompileError: when an array is missing or does not fit the model.
    """
    shapes = execution.state_shapes()
    copies = {"params": shapes.params, "layers": shapes.layers}
    templates: dict[str, Any] = {"state": shapes._asdict()}
    for number, callback in enumerate(meta["callbacks"]):
        for name in callback["arrays"]:
            templates[f"callbacks/{number}/{name}"] = copies
    trees = format.read(path, templates)
    callbacks = [
        (
            callback["kind"],
            {
                **callback["state"],
                **{name: trees[f"callbacks/{number}/{name}"] for name in callback["arrays"]},
            },
        )
        for number, callback in enumerate(meta["callbacks"])
    ]
    state = TrainState(**jax.device_put(trees["state"]))
    return Snapshot(state, Position(**meta["position"]), callbacks, meta)


def restore(loop: Loop, found: Snapshot) -> None:
    """Let the callbacks go on from where they were.

    They are found by their kinds: a run has a progress line more or less.
    """
    left = list(found.callbacks)
    for callback, watcher in zip(loop.callbacks, loop.watchers, strict=True):
        own = next((pair for pair in left if pair[0] == callback.kind), None)
        if own is not None:
            left.remove(own)
            watcher.restore(own[1])

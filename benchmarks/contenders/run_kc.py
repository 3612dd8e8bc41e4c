"""kc: the spec, and ``fit`` on arrays."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import yaml
from pydantic import PrivateAttr
from workloads import Workload

import kc
from kc.core.events import Control, EpochEnd, Event
from kc.library.callback import Callback


def spec(workload: Workload) -> str:
    *hidden, last = workload.widths[1:]
    layers = [{"dense": {"units": n, "activation": "relu"}} for n in hidden]
    layers.append({"dense": {"units": last}})
    loss = {"sparse_categorical_crossentropy": {"from_logits": True}}
    return yaml.safe_dump(
        {
            "kc": 1,
            "model": {"inputs": {"x": [workload.widths[0]]}, "layers": layers},
            "training": {
                "loss": loss if workload.classes else "mean_squared_error",
                "optimizer": "adam",
                "metrics": ["accuracy"] if workload.classes else [],
                "batch_size": workload.batch_size,
            },
        }
    )


def run(workload: Workload) -> float:
    """Training steps per second, after one epoch that compiles."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spec.yaml")
        path.write_text(spec(workload))
        model = kc.load(path)
    clock = Clock()
    model.fit(*workload.data(), epochs=1 + workload.epochs, callbacks=[clock], verbose=False)
    return workload.steps(workload.epochs) / (clock.ends[-1] - clock.ends[0])


class Clock(Callback, kind="clock"):
    """Notes when each epoch ends."""

    _ends: list[float] = PrivateAttr(default_factory=list)

    @property
    def ends(self) -> list[float]:
        return self._ends

    def watch(self) -> Clock:
        return self

    def on(self, event: Event, control: Control) -> None:
        if isinstance(event, EpochEnd):
            self._ends.append(time.perf_counter())

    def state(self) -> dict[str, object]:
        return {}

    def restore(self, state: object) -> None:
        pass

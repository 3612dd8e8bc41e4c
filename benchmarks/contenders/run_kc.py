"""kc: the spec, and ``fit`` on arrays."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import yaml
from workloads import Workload

import kc


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
    x, y = workload.data()
    model.fit(x, y, epochs=1, verbose=False)
    began = time.perf_counter()
    model.fit(x, y, epochs=workload.epochs, verbose=False)
    return workload.steps(workload.epochs) / (time.perf_counter() - began)

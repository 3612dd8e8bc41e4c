"""What checkpoints cost: the slowdown of training, and the time until 100 MB are durable.

    python benchmarks/checkpoints.py [ROUNDS]

(a) Epochs of a model with a checkpoint of some 100 MB, with a save every few seconds and without
one, in turn; scaled to one save each minute. (b) A checkpoint of 100 MB by the whole protocol, and
the same bytes by one plain write and fsync, in turn. Medians are printed; fewer seconds are better.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kc.compiler.pipeline import compile
from kc.compiler.plan.plan import plan
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.core.events import EpochEnd
from kc.runtime import job
from kc.runtime.checkpoint import format
from kc.runtime.checkpoint.store import Store
from kc.runtime.device import set_up

SPEC = """
kc: 1
name: large
data: {source: {npz: {path: data.npz, target: y}}}
model:
  inputs: {x: [1024]}
  layers:
    - dense: {units: 4096, activation: relu}
    - dense: {units: 1024, activation: relu}
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: adam
  batch_size: 32
  epochs: EPOCHS
  callbacks: [{checkpoint: {every_epochs: null, every_minutes: MINUTES, keep: {last: 1}}}]
"""
"""8.4 million parameters: with the memory of Adam a checkpoint has 101 MB."""
EPOCHS = 9
SECONDS = 3


def epoch_seconds(folder: Path, name: str, minutes: str) -> list[float]:
    """Seconds of each epoch but the first, which compiles; waiting for the end is not counted."""
    text = SPEC.replace("EPOCHS", str(EPOCHS)).replace("MINUTES", minutes)
    compiled = compile(decode("spec.yaml", text.encode()), (), Report())
    begun = job.begin(plan(compiled), folder, folder / name, Report())
    found: list[float] = []
    last = time.perf_counter()
    for event in begun.events():
        if isinstance(event, EpochEnd):
            now = time.perf_counter()
            found.append(now - last)
            last = now
    begun.run.close()
    return found[1:-1]


def slowdown(folder: Path, rounds: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(640, 1024)).astype("float32")
    np.savez(folder / "data.npz", x=x, y=random.integers(0, 3, 640).astype("int32"))
    plain: list[float] = []
    saved: list[float] = []
    for number in range(rounds):
        plain += epoch_seconds(folder, f"plain-{number}", "null")
        saved += epoch_seconds(folder, f"saved-{number}", str(SECONDS / 60))
    cost = statistics.mean(saved) / statistics.mean(plain) - 1
    print(f"epochs: {statistics.mean(plain):.3f} s, with a save every {SECONDS} s "
          f"{statistics.mean(saved):.3f} s: {100 * cost:+.1f} %, "
          f"with one a minute {100 * cost * SECONDS / 60:+.2f} %")  # fmt: skip


def plain_write(path: Path, content: bytes) -> float:
    began = time.perf_counter()
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def durable_seconds(folder: Path, rounds: int) -> None:
    random = np.random.default_rng(0)
    trees = {f"layer{i}": {"kernel": random.random(1_250_000, np.float32)} for i in range(20)}
    with (folder / "content").open("x+b") as file:
        format.write(file, {"params": trees}, {})
    content = (folder / "content").read_bytes()
    store = Store(folder / "checkpoints")
    plain: list[float] = []
    ours: list[float] = []
    for number in range(rounds + 1):
        began = time.perf_counter()
        store.save({"params": trees}, {}, number, None)
        ours.append(time.perf_counter() - began)
        plain.append(plain_write(folder / f"plain-{number}", content))
        store.prune(1, rises=False)
        (folder / f"plain-{number}").unlink()
    first, second = (statistics.median(seconds[1:]) for seconds in (ours, plain))
    print(f"{len(content) / 1e6:.0f} MB durable: {first:.3f} s; plain write and fsync "
          f"{second:.3f} s; ratio {first / second:.2f}")  # fmt: skip


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    set_up()
    with tempfile.TemporaryDirectory() as folder:
        durable_seconds(Path(folder), rounds)
        slowdown(Path(folder), rounds)


if __name__ == "__main__":
    main()

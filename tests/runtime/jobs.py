"""Small training jobs for tests of the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kc.compiler.pipeline import compile
from kc.compiler.plan.plan import Form, Plan, plan
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.runtime import job
from kc.runtime.device import set_up
from kc.runtime.job import Job

MLP = """
kc: 1
name: small
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2}
model:
  inputs: {x: [6]}
  layers:
    - batch_normalization
    - dense: {units: 8, activation: relu}
    - dropout: 0.3
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01}}
  metrics: [accuracy]
  batch_size: 16
  epochs: 4
  callbacks:
    - early_stopping: {monitor: val_loss, patience: 10, restore_best_weights: true}
    - checkpoint: {every_steps: 2, keep: {last: 2, best: val_loss}}
"""
"""100 training examples: 6 steps of 16 and a ragged one of 4."""

CONVNET = """
kc: 1
name: convnet
data:
  source: {npz: {path: data.npz, target: y}}
model:
  inputs: {x: [6, 6, 1]}
  layers:
    - conv2d: {filters: 4, kernel_size: 3}
    - batch_normalization
    - relu
    - flatten
    - dropout: 0.3
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}
  metrics: [accuracy]
  batch_size: 16
  epochs: 3
  callbacks: [{checkpoint: {every_steps: 3}}]
"""


PAIR = """
kc: 1
name: pair
data:
  source: {npz: {path: data.npz, target: y}}
model:
  inputs: {x: [6], y: {shape: [], dtype: int32}, noise: {shape: [3], random: normal}}
  shared: {critic: [{dense: {units: 5, activation: tanh}}, {dropout: 0.2}, {dense: 1}]}
  layers:
    - {embedding: {input_dim: 3, output_dim: 3}, from: y, name: kind}
    - {add: {}, from: [kind, noise]}
    - batch_normalization
    - {dense: 6, name: made}
    - {use: critic, from: x, name: seen}
    - {use: critic, from: made, name: judged}
  outputs: made
training:
  batch_size: 16
  epochs: 4
  phases:
    critic:
      trains: [critic]
      repeat: 2
      terms: [{value: seen, weight: -1}, {value: judged}]
      optimizer: {rmsprop: {learning_rate: 0.01, clipvalue: 0.1}}
    maker:
      trains: [kind, batch_normalization, made]
      terms: [{value: judged, weight: -1}]
      optimizer: {adam: {learning_rate: 0.01, use_ema: true, loss_scale_factor: dynamic}}
  callbacks: [{checkpoint: {every_steps: 2}}]
"""
"""An adversarial pair with all that a step can remember."""

PLATEAU = """
kc: 1
name: plateau
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2}
model:
  inputs: {x: [6]}
  layers:
    - {dense: {units: 8, activation: relu}, name: body}
    - dropout: 0.3
    - {dense: {units: 3, activation: softmax}, name: head}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01, use_ema: true}}
  groups: {head: {layers: [head], optimizer: {sgd: {learning_rate: 0.5, momentum: 0.9}}}}
  batch_size: 16
  epochs: 4
  callbacks:
    - {learning_rate_scheduler: {schedule: [1e-2, 2e-2, 5e-3], optimizer: main}}
    - {reduce_lr_on_plateau: {factor: 0.5, patience: 1, min_delta: 1, optimizer: head}}
    - swap_ema_weights
    - {early_stopping: {patience: 9, restore_best_weights: true}}
    - {csv_logger: log.csv}
    - {checkpoint: {every_steps: 2, every_epochs: null}}
"""
"""A run whose callbacks have much to remember."""


def write_data(folder: Path, shape: tuple[int, ...] = (6,), rows: int = 125) -> None:
    """A data file with three classes that can be learnt."""
    random = np.random.default_rng(3)
    y = random.integers(0, 3, rows)
    x = random.normal(size=(rows, *shape)) + y.reshape(-1, *[1] * len(shape))
    np.savez(folder / "data.npz", x=x.astype("float32"), y=y.astype("int32"))


def make_plan(spec: str, overrides: Sequence[str] = (), form: Form | None = None) -> Plan:
    set_up()
    compiled = compile(decode("spec.yaml", spec.encode()), overrides, Report())
    return plan(compiled, form)


def begin(spec: str, folder: Path, name: str = "run", overrides: Sequence[str] = ()) -> Job:
    """A new job on the data of a folder."""
    return job.begin(make_plan(spec, overrides), folder, folder / name, Report())


def resume(
    spec: str, folder: Path, name: str = "run", overrides: Sequence[str] = ()
) -> tuple[Job, Report]:
    """The job that goes on from the newest checkpoint of a run."""
    report = Report()
    resumed = job.resume(
        folder / name, lambda form: make_plan(spec, overrides, form), folder, report
    )
    return resumed, report


def finish(started: Job) -> None:
    for _ in started.events():
        pass
    started.run.close()


def model_bytes(run: Path) -> dict[str, bytes]:
    """Every array of the finished model and of the last checkpoint, and the history."""
    import h5py

    histories = [run / "metrics.jsonl", *run.glob("*.csv")]
    found = {file.name: file.read_bytes() for file in histories}
    newest = sorted((run / "checkpoints").glob("*.h5"))[-1]
    for part, file in {"model": run / "model.h5", "checkpoint": newest}.items():
        with h5py.File(file) as h5:
            h5.visititems(
                lambda name, node, part=part: (
                    found.update({f"{part}/{name}": node[()].tobytes()})
                    if isinstance(node, h5py.Dataset) and name != "meta"
                    else None
                )
            )
    return found

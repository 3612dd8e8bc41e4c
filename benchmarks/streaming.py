"""Training on data that memory does not hold.

`memory` trains on an array file four times as large as the memory that a control group leaves it
(root and cgroup 1 are needed), and prints its memory after each epoch. `images` compares training
on a folder of JPEG files with a bare loop that decodes the same files in as many threads.

    python benchmarks/streaming.py memory [--limit-mb 1024]
    python benchmarks/streaming.py images [--rounds 5] [--images 3000]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

GROUP = Path("/sys/fs/cgroup/memory/kc-benchmark")
WIDTH = 1024
MEMORY = f"""
kc: 1
data: {{source: {{npy: {{inputs: x.npy, target: y.npy}}}}, split: {{validation: 0.05}}}}
model:
  inputs: {{x: [{WIDTH}]}}
  layers:
    - {{dense: {{units: 16, activation: relu}}}}
    - {{dense: {{units: 10, activation: softmax}}}}
training: {{loss: sparse_categorical_crossentropy, batch_size: 256, epochs: 3}}
"""
SIZE, BATCH = 64, 64
IMAGES = f"""
kc: 1
data: {{source: {{image_folder: {{path: photos, size: [{SIZE}, {SIZE}]}}}}, stream: true}}
model:
  inputs: {{image: {{shape: [{SIZE}, {SIZE}, 3], dtype: uint8}}}}
  layers:
    - {{rescaling: 1/255}}
    - {{average_pooling2d: 8}}
    - flatten
    - {{dense: {{units: 2, activation: softmax}}}}
training: {{loss: sparse_categorical_crossentropy, batch_size: {BATCH}, epochs: 3}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("memory", "images"))
    parser.add_argument("--limit-mb", type=int, default=1024, help="memory left to the process")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contender")
    parser.add_argument("--images", type=int, default=3000, help="files in the folder")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(train(arguments.once)))
    elif arguments.what == "memory":
        memory(arguments.limit_mb * 2**20)
    else:
        images(arguments.rounds, arguments.images)


def memory(limit: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, control_group(limit):
        folder, rows = Path(name), 4 * limit // (4 * WIDTH)
        random = np.random.default_rng(0)
        x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (rows, WIDTH))
        for first in range(0, rows, 4096):
            x[first : first + 4096] = random.normal(size=x[first : first + 4096].shape)
        x.flush()
        del x
        np.save(folder / "y.npy", random.integers(0, 10, rows))
        (folder / "spec.yaml").write_text(MEMORY)
        size = (folder / "x.npy").stat().st_size
        print(f"{size / 2**20:,.0f} MB of data, a limit of {limit / 2**20:,.0f} MB")
        for number, (rate, resident) in enumerate(once(folder, GROUP / "tasks"), 1):
            print(f"epoch {number}: {resident:,.0f} MB resident, {rate:,.0f} examples/s")


@contextmanager
def control_group(limit: int) -> Iterator[None]:
    GROUP.mkdir()
    try:
        (GROUP / "memory.limit_in_bytes").write_text(str(limit))
        yield
    finally:
        GROUP.rmdir()


def images(rounds: int, number: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        write_images(folder / "photos", number)
        (folder / "spec.yaml").write_text(IMAGES)
        ours, bare = list[float](), list[float]()
        for _ in range(rounds):
            ours.append(statistics.median(rate for rate, _ in once(folder)[1:]))
            bare.append(bare_loop(folder / "photos"))
    for name, rates in (("kc", ours), ("bare loop", bare)):
        print(f"{name:<10} {statistics.median(rates):,.0f} images/s   {min(rates):,.0f} to "
              f"{max(rates):,.0f}")  # fmt: skip
    print(f"ratio      {statistics.median(ours) / statistics.median(bare):.2f}")


def write_images(folder: Path, number: int) -> None:
    """JPEG files of 500 by 375 pixels, as photos often have, in two classes."""
    from PIL import Image

    random = np.random.default_rng(0)
    for label in ("cold", "warm"):
        (folder / label).mkdir(parents=True)
    for i in range(number):
        coarse = random.integers(0, 255, (15, 20, 3), np.uint8)
        picture = Image.fromarray(coarse).resize((500, 375))
        picture.save(folder / ("cold", "warm")[i % 2] / f"{i:05d}.jpg", quality=90)


def bare_loop(folder: Path) -> float:
    """Images a second, decoded and resized into batches, in as many threads as there are cores."""
    from PIL import Image

    files = sorted(folder.rglob("*.jpg"))
    order = np.random.default_rng(0).permutation(len(files))

    def read(batch: np.ndarray) -> np.ndarray:
        pictures = (Image.open(files[i]).convert("RGB") for i in batch)
        return np.stack([np.asarray(own.resize((SIZE, SIZE), 2)) for own in pictures])

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(read, np.array_split(order, len(files) // BATCH)):
            pass
    return len(files) / (time.perf_counter() - began)


def once(folder: Path, tasks: Path | None = None) -> list[tuple[float, float]]:
    """Examples a second and memory of each epoch, in a process of its own, with its limit."""

    def join() -> None:
        if tasks is not None:
            tasks.write_text(str(os.getpid()))

    process = subprocess.run(
        [sys.executable, __file__, "memory", "--once", str(folder)],
        capture_output=True, text=True, check=False, preexec_fn=join,
    )  # fmt: skip
    if process.returncode:
        sys.exit(f"failed with {process.returncode}:\n{process.stderr}")
    return json.loads(process.stdout.splitlines()[-1])


def train(folder: Path) -> list[tuple[float, float]]:
    import kc
    from kc.core.events import EpochEnd
    from kc.library.callback import Callback, StatelessWatcher

    found: list[tuple[float, float]] = []

    class Watcher(StatelessWatcher):
        def on(self, event: object, control: object) -> None:
            if isinstance(event, EpochEnd):
                found.append((event.examples_per_second, resident_mb()))

    class Measured(Callback, kind="measured"):
        def watch(self) -> Watcher:
            return Watcher()

    kc.load(folder / "spec.yaml").fit(callbacks=[Measured()], verbose=False)
    return found


def resident_mb() -> float:
    """Memory of its own that a process holds; pages of files, which can be dropped, are not."""
    status = Path("/proc/self/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["RssAnon"].split()[0]) / 1024


if __name__ == "__main__":
    main()

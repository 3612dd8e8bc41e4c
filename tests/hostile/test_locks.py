"""``kc validate --locked`` with locks that were changed at random: a short report, in time."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kc.cli import lockfile
from kc.cli.render import Format, render
from kc.compiler.pipeline import Options, check
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from tests.hostile.mutants import SCALARS
from tests.hostile.watch import MOST_SECONDS, wrong

BATCH = 300
BATCHES = 20
MOST_CHARACTERS = 20_000
SPEC = """\
kc: 1
vars: {width: 8}
model:
  inputs: {x: [4]}
  shared: {part: [{dense: 4}]}
  layers:
    - {dense: $width, name: wide}
    - {use: part}
    - {dense: 1, repeat: 3}
training: {loss: mean_squared_error, epochs: 5, metrics: [mean_absolute_error]}
"""
VALUES: tuple[Any, ...] = (
    *SCALARS, None, True, 0, -1, 2**63, 10**400, 1.5, float("nan"), float("inf"), [], {}, [[]],
    [1] * 50_000, {"": ""}, {"a" * 100_000: 1}, "x" * 200_000, "\ud800",
    {f"k{n}": n for n in range(5_000)},
    {"kind": "\x1b[31m", "output": "::error::", "parameters": 10**30},
    {"kind": "k" * 100_000, "output": "o" * 100_000, "parameters": 1},
)  # fmt: skip


@pytest.fixture(scope="module")
def checked():
    source, report = decode("spec.yaml", SPEC.encode()), Report()
    found = check(source, Options(), report)
    assert found is not None, list(report)
    return source, *found


def mutant(number: int, lock: Mapping[str, Any]) -> bytes:
    random = Random(number)
    value: Any = dict(lock)
    for _ in range(random.choice([1, 1, 2, 5])):
        value = _edited(value, random) if number % 2 else _another(value, random)
    data = json.dumps(value).encode("utf-8", "surrogatepass")
    return data if number % 5 else _damaged(data, random)


def _another(lock: Mapping[str, Any], random: Random) -> Mapping[str, Any]:
    """A lock of the right form that says something else."""
    texts = [str(text) for text in (*SCALARS, "x" * 200_000, *lock["layers"])]
    names = random.choices(texts, k=random.choice([1, 3, 200]))
    match random.choice(["spec", "spec", "layers", "outputs", "parameters"]):
        case "spec":
            changed: Any = _edited(lock["spec"], random)
        case "layers":
            layer = {"kind": random.choice(texts), "output": random.choice(texts)}
            layers = {name: {**layer, "parameters": random.randrange(10**18)} for name in names}
            return {**lock, "layers": {**lock["layers"], **layers}}
        case "outputs":
            return {**lock, "outputs": {name: random.choice(texts) for name in names}}
        case _:
            return {**lock, "parameters": random.choice([0, -1, 2**63, 10**300])}
    return {**lock, "fingerprint": "0", "spec": changed if isinstance(changed, dict) else {}}


def _edited(value: Any, random: Random) -> Any:
    if isinstance(value, dict | list) and value and random.random() < 0.85:
        copy = value.copy()
        key = random.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
        copy[key] = _edited(copy[key], random)
        return copy
    match random.choice(["value", "value", "key", "nothing", "deep"]):
        case "key" if isinstance(value, dict):
            key = random.choice(["spec", "layers", "lock", "x" * 70_000, *map(str, SCALARS)])
            return {**value, key: random.choice(VALUES)}
        case "nothing" if isinstance(value, dict | list):
            return type(value)()
        case "deep":
            for _ in range(random.choice([10, 100, 300])):
                value = random.choice([[value], {"model": value}])
            return value
        case _:
            return random.choice(VALUES)


def _damaged(data: bytes, random: Random) -> bytes:
    """The same bytes with some lost, doubled, or others in their place."""
    at = random.randrange(len(data) + 1)
    after = min(len(data), at + random.choice([0, 1, 1, 40]))
    other = random.choice([b"", random.randbytes(1), data[:at], b"\x00", b"[" * 5_000, b'"', b","])
    return data[:at] + other + data[after:]


def problems(name: str, checked: Any) -> list[str]:
    report, begin = Report(), time.process_time()
    lockfile.compare(name, *checked, report)
    texts = {format: render(list(report), format) for format in Format}
    found = [*wrong(list(report))]
    if (seconds := time.process_time() - begin) > MOST_SECONDS:
        found.append(f"took {seconds:.2f} s")
    return found + [f"{format}: {len(text):,} characters" for format, text in texts.items()
                    if len(text) > MOST_CHARACTERS]  # fmt: skip


@pytest.mark.parametrize(
    "batch", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, BATCHES + 1))]
)
def test_any_lock_ends_in_a_short_report(batch, checked, tmp_path):
    name = str(tmp_path / "spec.yaml")
    lock = json.loads(lockfile.lock_of(*checked).model_dump_json())
    found: dict[int, list[str]] = {}
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        Path(lockfile.lock_path(name)).write_bytes(mutant(number, lock))
        if here := problems(name, checked):
            found[number] = [text[:300] for text in here[:5]]
    assert not found, json.dumps(found, indent=1)

"""Torn and changed files: each is byte-exact, or it is named and the one before it is used."""

from __future__ import annotations

import random

import pytest

from kc.core.diagnostic import Report
from kc.runtime.checkpoint.store import INDEX, Store
from tests.faults import saves


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "checkpoints")
    for step in saves.STEPS:
        store.save(saves.tree(step), {"step": step}, step, None)
    return store


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The same with one bit turned over, an end cut off, a stretch of zeros, or more behind it."""
    at = chance.randrange(len(content))
    match chance.choice(["flip", "flip", "flip", "cut", "zero", "more"]):
        case "flip":
            return (
                content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
            )
        case "cut":
            return content[:at]
        case "zero":
            length = min(chance.randrange(1, 512), len(content) - at)
            return content[:at] + bytes(length) + content[at + length :]
        case _:
            return content + chance.randbytes(chance.randrange(1, 64))


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(store, seed):
    chance = random.Random(seed)
    path = store.folder / "step-00000003.h5"
    whole = path.read_bytes()
    for _ in range(50):
        path.write_bytes(damaged(whole, chance))
        report = Report()
        found = store.newest(report)
        if path.read_bytes() == whole:
            assert found == path
            continue
        assert saves.holds(found, 2)
        (warning,) = report
        assert warning.code.id == "KC503"
        assert path.name in warning.message


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_index_is_named_or_changes_nothing(store, seed):
    chance = random.Random(seed)
    index = store.folder / INDEX
    whole = index.read_bytes()
    for _ in range(50):
        index.write_bytes(damaged(whole, chance))
        report = Report()
        found = store.newest(report)
        codes = {warning.code.id for warning in report}
        if found is None:
            assert codes or not index.read_bytes().count(b"\n")
        elif not codes and not saves.holds(found, 3):
            # An unended last line is what a crash leaves; a cut there cannot be told from one.
            assert not index.read_bytes().endswith(b"\n")
        assert found is None or any(saves.holds(found, step) for step in saves.STEPS)


def test_the_next_save_after_a_torn_line_is_found(store):
    index = store.folder / INDEX
    index.write_bytes(index.read_bytes()[:-20])
    store.save(saves.tree(4), {"step": 4}, 4, None)
    assert saves.holds(store.newest(Report()), 4)


def test_saving_a_step_again_leaves_the_checkpoint_of_that_step_alone(store):
    first = store.folder / "step-00000003.h5"
    before = first.read_bytes()
    record = store.save(saves.tree(3), {"step": 3, "again": True}, 3, 0.5)
    assert first.read_bytes() == before
    assert store.newest(Report()).name == record.file
    store.prune(2, rises=False)
    assert [found.file for found in store.records()] == ["step-00000002.h5", record.file]

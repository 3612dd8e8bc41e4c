"""Runs side by side: which of them, in which order, and what differs between them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from fnmatch import fnmatchcase
from typing import Any

from kc.compiler.source.reader import decode, read
from kc.core.comparison import MISSING, difference, fingerprint
from kc.core.diagnostic import Report
from kc.core.expression import condition
from kc.core.tree import plain
from kc.library.monitor import higher_is_better
from kc.runtime.runs import RunRecord, logs

LAST, TEST = "last.", "test."
_WORDS = {"and", "or", "not", "true", "false", "min", "max"}
_NAME = re.compile(r"""('[^']*'|"[^"]*"|\$[\w.]+|[0-9.]+(?:[eE][-+]?[0-9]+)?)|([A-Za-z_][\w.]*)""")


@dataclass(frozen=True, slots=True)
class Row:
    """One run as a line of a table."""

    run: RunRecord
    facts: Mapping[str, Any]
    """Name, state, time and such; None for what is not known."""
    measures: Mapping[str, float]
    """``val_loss`` is the best of all epochs, ``last.val_loss`` that of the last, ``test.loss``
    that of the test examples."""

    @property
    def values(self) -> Mapping[str, Any]:
        """All that a filter may ask for."""
        return {**self.measures, **self.facts}


def row(run: RunRecord) -> Row:
    began = run.began and run.began.astimezone(UTC).isoformat(timespec="seconds")
    facts = {
        "run": str(run.path),
        "name": run.name,
        "state": run.state,
        "began": began,
        "seconds": None if run.seconds is None else round(run.seconds, 3),
        "epochs": run.epochs,
        "seed": run.lock.get("seed"),
        "spec": spec_hash(run.lock),
        "why": run.why or None,
    }
    measures = {
        **{name: best(run, name)[1] for name in run.last},
        **{f"{LAST}{name}": number for name, number in run.last.items()},
        **{f"{TEST}{name}": number for name, number in run.test.items()},
    }
    return Row(run, facts, measures)


def best(run: RunRecord, log: str) -> tuple[int, float]:
    """The epoch in which a log was best, and its value then."""
    numbers = [(line["epoch"], found[log]) for line in run.history if log in (found := logs(line))]
    finite = [pair for pair in numbers if math.isfinite(pair[1])] or numbers
    return (max if higher_is_better(log) else min)(finite, key=lambda pair: pair[1])


def spec_hash(lock: Mapping[str, Any]) -> str | None:
    """Beginning of the fingerprint of a run's resolved spec."""
    spec = lock.get("spec")
    found = fingerprint(spec) if isinstance(spec, Mapping) else spec
    return str(found)[:12] if found else None


def named(rows: Iterable[Row], pattern: str) -> list[Row]:
    """The rows whose folder or experiment fits a pattern with `*` and `?`."""
    return [
        own
        for own in rows
        if fnmatchcase(own.run.path.name, pattern) or fnmatchcase(own.run.name, pattern)
    ]


def names_in(text: str) -> list[str]:
    """The names that a condition asks for."""
    found = (match[2] for match in _NAME.finditer(text))
    return [name for name in found if name and name not in _WORDS]


def fitting(rows: Iterable[Row], text: str) -> list[Row]:
    """The rows for which a condition holds. A value that a run does not have holds for none.

    Raises:
        ExpressionError: when the text is no condition.
    """
    dollars = _NAME.sub(_with_dollar, text)
    wanted = names_in(text)
    return [own for own in rows if _knows(own, wanted) and condition(dollars, own.values)]


def _with_dollar(match: re.Match[str]) -> str:
    name = match[2]
    return f"${name}" if name and name not in _WORDS else match[0]


def _knows(own: Row, names: Sequence[str]) -> bool:
    values = [own.values.get(name) for name in names]
    return not any(
        value is None or (isinstance(value, float) and not math.isfinite(value)) for value in values
    )


def by(rows: Iterable[Row], name: str) -> list[Row]:
    """The rows from the best to the worst value of a measure; those without one come last."""
    bare = name.removeprefix(LAST).removeprefix(TEST)
    sign = -1 if higher_is_better(bare) else 1

    def place(own: Row) -> tuple[bool, Any]:
        value = own.values.get(name)
        if isinstance(value, str):
            return (False, value)
        if isinstance(value, int | float) and math.isfinite(value):
            return (False, sign * value)
        return (True, 0)

    return sorted(rows, key=place)


def measure_names(rows: Iterable[Row]) -> list[str]:
    """All measures that some run has."""
    return list(dict.fromkeys(name for own in rows for name in own.measures))


def settings_that_differ(runs: Sequence[RunRecord]) -> dict[str, list[Any]]:
    """By path in the resolved spec, the value of each run; None where it is the default.

    Raises:
        OSError: when a resolved spec cannot be read.
        CompileError: when it is no spec.
    """
    specs = [_resolved(run) for run in runs]
    paths = dict.fromkeys(
        change.path for other in specs[1:] for change in difference(specs[0], other)
    )
    # A path inside of one that differs as a whole for another pair says the same again.
    outer = [p for p in paths if not any(p[:n] in paths for n in range(len(p)))]
    found = {_dotted(path): [_at(spec, path) for spec in specs] for path in outer}
    seeds = [run.lock.get("seed") for run in runs]
    if len(set(seeds)) > 1:
        found.setdefault("training.seed", seeds)
    return found


def _resolved(run: RunRecord) -> Any:
    path, report = run.path / "resolved.yaml", Report()
    tree = read(decode(str(path), path.read_bytes()), report)
    report.raise_if_failed()
    assert tree is not None
    return plain(tree)


def _dotted(path: Sequence[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _at(plain: Any, path: Sequence[Any]) -> Any:
    for part in path:
        try:
            plain = plain[part]
        except (KeyError, IndexError, TypeError):
            return None
    return None if plain is MISSING else plain


def cells(rows: Sequence[Row]) -> Iterator[list[str]]:
    """The rows as CSV, under a head. What a spreadsheet would compute is quoted."""
    facts = list(rows[0].facts) if rows else []
    measures = measure_names(rows)
    yield [*facts, *map(harmless, measures)]
    for own in rows:
        values = {**own.facts, **own.measures}
        yield [_cell(values.get(name)) for name in (*facts, *measures)]


def _cell(value: Any) -> str:
    return "" if value is None else harmless(value) if isinstance(value, str) else repr(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text

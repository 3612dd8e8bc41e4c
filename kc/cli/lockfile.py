"""Lock files: what a spec meant when someone last agreed to it.

``spec.yaml`` has ``spec.lock.json`` beside it, which is read without trust: it comes with the spec.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.facts import measure
from kc.compiler.source.files import read_bytes
from kc.core import codes
from kc.core.comparison import Change, difference, fingerprint, shown
from kc.core.diagnostic import CompileError, Label, Report, failure
from kc.core.span import SourceText, Span
from kc.core.text import count
from kc.core.version import VERSION
from kc.schemas.spec import Spec

MOST_BYTES: Final = 16_000_000
MOST_SHOWN: Final = 20
_MODEL: Final = ("model", "layers")


class LockedLayer(BaseModel):
    """A layer that the spec was resolved to."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: str
    output: str
    """Type of its output."""
    parameters: int
    """Trainable numbers."""

    def __str__(self) -> str:
        parameters = f", {count(self.parameters, 'parameter')}" if self.parameters else ""
        return f"{self.kind}, {self.output}{parameters}"


class Lock(BaseModel):
    """What a spec meant."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    lock: Literal[1] = 1
    """Version of this format."""
    kc: str
    """The kc that wrote it."""
    text: str
    """SHA-256 of the spec's text."""
    fingerprint: str
    """SHA-256 of the resolved spec."""
    parameters: int
    outputs: dict[str, str]
    """Types of the model's outputs."""
    layers: dict[str, LockedLayer]
    spec: dict[str, JsonValue]
    """The resolved spec, to say what changed."""


def lock_path(spec: str) -> Path:
    """Where the lock of a spec is."""
    return Path(spec).with_suffix(".lock.json")


def lock_of(source: SourceText, spec: Spec, graph: Graph) -> Lock:
    """What a checked spec means."""
    facts, resolved = measure(graph), spec.resolved()
    return Lock(
        kc=VERSION,
        text=hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest(),
        fingerprint=fingerprint(resolved),
        parameters=facts.parameters,
        outputs={name: str(graph.type_of(value)) for name, value in graph.outputs.items()},
        layers={
            node.name: LockedLayer(
                kind=node.layer.kind,
                output=str(node.output),
                parameters=facts.nodes[node.name].parameters,
            )
            for node in graph.nodes
        },
        spec=json.loads(json.dumps(resolved)),
    )


def write_lock(lock: Lock, path: Path) -> None:
    """Put a lock in its place, whole or not at all.

    Raises:
        OSError: when it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(f"{lock.model_dump_json(indent=2)}\n", encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_lock(spec: str) -> Lock:
    """The lock of a spec.

    Raises:
        CompileError: when there is none, or it cannot be used.
    """
    path = lock_path(spec)
    at = Span(SourceText(str(path), ""), 1, 1, 1, 1)
    if not os.path.lexists(path):
        raise failure(
            codes.NO_LOCK,
            f"`{spec}` has no lock",
            at=at,
            help=f"write it with `kc lock {spec}`, and keep it with the spec",
        )
    reason = f"it has more than {MOST_BYTES:,} bytes"
    try:
        data = read_bytes(path, MOST_BYTES + 1)
        if len(data) <= MOST_BYTES:
            # Pydantic's own reader of JSON: bounded in depth, and it builds nothing but plain data.
            return Lock.model_validate_json(data)
    except CompileError as error:
        reason = error.report.diagnostics[0].message.rpartition(": ")[2]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"{f'`{where}`: ' if where else ''}{first['msg'].lower()}"
    raise failure(
        codes.BAD_LOCK,
        f"the lock of `{spec}` cannot be used: {reason}",
        at=at,
        help=f"write it again with `kc lock {spec}`",
    )


def compare(name: str, source: SourceText, spec: Spec, graph: Graph, report: Report) -> bool:
    """Report how a spec differs from its lock; whether the two differ in their text alone."""
    try:
        old = read_lock(name)
    except CompileError as error:
        report.absorb(error.report)
        return False
    new = lock_of(source, spec, graph)
    changes = list(_changes(old, new))
    if not changes:
        return old.text != new.text
    settings = [change for _, change in changes[:MOST_SHOWN] if change is not None]
    labels = list(_places(settings, spec))
    first = labels[0] if labels else Label(Span(source, 1, 1, 1, 1))
    notes = [text for text, _ in changes[:MOST_SHOWN]]
    if len(changes) > MOST_SHOWN:
        notes.append(f"and {len(changes) - MOST_SHOWN:,} more")
    report.add(
        codes.LOCK_CHANGED,
        f"the spec differs from its lock in {count(len(changes), 'place')}",
        at=first.span,
        label=first.text,
        cause=labels[1:],
        help=f"undo the change, or accept it with `kc lock {name}`",
        notes=tuple(notes),
    )
    return False


def _changes(old: Lock, new: Lock) -> Iterator[tuple[str, Change | None]]:
    """What differs in meaning, the cause before the effects."""
    layers = list(_layers(old, new))
    if old.fingerprint != new.fingerprint:
        for change in difference(old.spec, new.spec):
            # Lists of another length say less than the layers do.
            if change.path != _MODEL or not layers:
                yield str(change), change
        if old.spec == new.spec:
            yield f"fingerprint: {shown(old.fingerprint)} -> {shown(new.fingerprint)}", None
    for text in (*layers, *_facts(old, new)):
        yield text, None


def _layers(old: Lock, new: Lock) -> Iterator[str]:
    for name, was in old.layers.items():
        if name not in new.layers:
            yield f"layer `{name}` is gone: {was}"
    for name, layer in new.layers.items():
        was = old.layers.get(name)
        if was is None:
            yield f"layer `{name}` is new: {layer}"
        elif was != layer:
            yield f"layer `{name}`: {was} -> {layer}"


def _facts(old: Lock, new: Lock) -> Iterator[str]:
    if old.parameters != new.parameters:
        yield f"parameters: {old.parameters:,} -> {new.parameters:,}"
    for change in difference(old.outputs, new.outputs):
        yield f"output {change}"


def _places(changes: Iterable[Change], spec: Spec) -> Iterator[Label]:
    """Where changed settings stand."""
    for change in changes:
        span = spec.value_place(*change.path)
        if span is not None:
            yield Label(span, f"the lock has `{shown(change.old)}`")

"""A checked model with everything that later stages ask about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.facts import Facts
from kc.core.program import Program, TrainingProgram
from kc.core.span import SourceText
from kc.schemas.spec import Spec


@dataclass(frozen=True, slots=True)
class Compiled:
    """A checked model, ready to be bound to JAX."""

    source: SourceText
    spec: Spec
    graph: Graph
    facts: Facts
    program: Program
    training: TrainingProgram | None

    @property
    def name(self) -> str:
        """Name of the experiment, ``model`` where the spec gives none."""
        return self.spec.name or "model"

    def resolved(self) -> dict[str, Any]:
        """The spec as plain data, with variables and overrides resolved and defaults left out."""
        return {"kc": self.spec.kc, **self.spec.model_dump(exclude_defaults=True, by_alias=True)}


def fingerprint(plain: Mapping[str, Any]) -> str:
    """SHA-256 of plain data; the order of keys does not count."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()

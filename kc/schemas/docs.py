"""Docstrings of entries, as schemas and ``kc explain`` show them."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doc:
    """A docstring in parts."""

    summary: str
    """Its first line."""
    text: str
    """All of it but the source and the example."""
    example: str
    """The YAML under ``Example:``; empty where there is none."""
    source: str
    """The paragraph that begins with ``Source:``; empty where there is none."""


def doc_of(cls: type) -> Doc:
    """The documentation of a class; an example may begin with a dash or a key."""
    paragraphs = inspect.cleandoc(cls.__doc__ or "").replace("``", "`").split("\n\n")
    example = next((p for p in paragraphs if p.startswith("Example:\n")), "")
    source = next((p for p in paragraphs if p.startswith("Source:")), "")
    text = [p for p in paragraphs if not p.startswith(("Source:", "Example:"))]
    return Doc(
        " ".join(paragraphs[0].split()),
        "\n\n".join(text),
        textwrap.dedent(example.partition("\n")[2]).strip("\n"),
        source,
    )

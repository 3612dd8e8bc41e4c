"""Pages of the reference, printed from the classes and codes themselves: ``make docs``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from kc.cli.type_words import default_words, type_words
from kc.core.codes import CODES
from kc.core.diagnostic import Code
from kc.core.registry import Entry, families
from kc.core.text import plural
from kc.schemas.docs import doc_of
from kc.schemas.json_schema import field_schemas


def pages() -> dict[str, str]:
    """Text of each page by its file name."""
    found = {
        f"{plural(family)}.md": _family(family) for family, known in families().items() if known
    }
    found["diagnostics.md"] = _join(_diagnostics())
    found["README.md"] = _join(_index(list(found)))
    return found


def _index(names: list[str]) -> Iterator[str]:
    yield "# Reference"
    yield "Printed from the code by `make docs`; `kc explain NAME` shows the same in a terminal."
    yield "\n".join(f"- [{name.removesuffix('.md')}]({name})" for name in sorted(names))


def _family(family: str) -> str:
    return _join(_entries(family))


def _entries(family: str) -> Iterator[str]:
    known = families()[family]
    yield f"# {plural(family).capitalize()}"
    yield "\n".join(
        f"- [`{kind}`](#{kind}): {doc_of(known[kind]).summary}" for kind in sorted(known)
    )
    for kind in sorted(known):
        yield from _entry(known[kind])


def _entry(cls: type[Entry]) -> Iterator[str]:
    doc = doc_of(cls)
    yield f"## {cls.kind}"
    yield doc.text
    if cls.model_fields:
        yield "\n".join(["| argument | type | meaning |", "|---|---|---|", *_rows(cls)])
    if doc.example:
        yield f"```yaml\n{doc.example}\n```"


def _rows(cls: type[Entry]) -> Iterator[str]:
    for name, schema in field_schemas(cls).items():
        words = f"{type_words(schema)}{default_words(cls.model_fields[name], schema)}"
        meaning = " ".join(schema.get("description", "").split())
        yield "| " + " | ".join(_cell(text) for text in (f"`{name}`", words, meaning)) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _diagnostics() -> Iterator[str]:
    yield "# Diagnostics"
    yield "\n".join(f"- [{id}](#{id.lower()}): {code.title}" for id, code in CODES.items())
    for code in CODES.values():
        yield from _code(code)


def _code(code: Code) -> Iterator[str]:
    yield f"## {code.id}"
    yield f"{code.title[0].upper()}{code.title[1:]} ({code.severity})."
    yield code.why
    yield f"Instead of\n\n```text\n{code.bad}\n```\n\nwrite\n\n```text\n{code.good}\n```"


def _join(parts: Iterator[str]) -> str:
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write all pages into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()

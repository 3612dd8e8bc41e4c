"""Pages about entries, sections and codes in Markdown, printed from the classes themselves.

``kc explain`` shows a page in the terminal, ``make docs`` writes all of them to docs/reference.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from kc.cli.type_words import default_words, type_words
from kc.core.codes import CODES, SERIES
from kc.core.diagnostic import Code
from kc.core.registry import Entry, SpecModel, families
from kc.core.text import article, plural
from kc.library.layer import RESERVED
from kc.schemas.docs import Doc, doc_of
from kc.schemas.json_schema import Schema, field_schemas

WIDTH = 96
CODE = re.compile(r"`[^`]*`")
INDEX = "README.md"


def entry_page(cls: type[Entry]) -> str:
    """What an entry is, its arguments, an example, and where it comes from."""
    doc = doc_of(cls)
    return _join(
        [
            f"# {cls.kind}, {article(cls.family)}",
            doc.text,
            *_names(cls),
            *_arguments("Arguments", cls),
            *_example(doc),
            *([doc.source] if doc.source else []),
        ]
    )


def _names(cls: type[Entry]) -> Iterator[str]:
    if main := cls.main_argument():
        yield f"`{cls.kind}: VALUE` is short for `{cls.kind}: {{{main}: VALUE}}`."
    if cls.aka:
        yield f"Elsewhere known as {', '.join(f'`{name}`' for name in cls.aka)}."


def _example(doc: Doc) -> Iterator[str]:
    if doc.example:
        yield "## Example"
        yield _block("yaml", doc.example)


def section_page(path: str, cls: type[BaseModel]) -> str:
    """A section of the spec and its keys."""
    return _join([f"# {path}, a section of the spec", doc_of(cls).text, *_arguments("Keys", cls)])


def reserved_page(key: str) -> str:
    """A key of an item of `layers` that is no entry."""
    return _join([f"# {key}, beside the entry of a layer item", f"{capitalized(RESERVED[key])}."])


def field_page(path: str, cls: type[BaseModel], name: str) -> str:
    """One argument of an entry, or one key of a section."""
    return _join([f"# {path}", "\n".join(_argument(name, cls, field_schemas(cls)[name]))])


def _arguments(title: str, cls: type[BaseModel]) -> Iterator[str]:
    if cls.model_fields:
        yield f"## {title}"
        schemas = field_schemas(cls)
        own = cls.own_fields() if issubclass(cls, Entry) else list(schemas)
        names = [*own, *(name for name in schemas if name not in own)]
        yield "\n".join(line for n in names for line in _argument(n, cls, schemas[n]))


def _argument(name: str, cls: type[BaseModel], schema: Schema, depth: int = 0) -> Iterator[str]:
    field = cls.model_fields[name]
    yield from _wrapped(f"- `{name}`: {type_words(schema)}{default_words(field, schema)}.", depth)
    yield from _wrapped(schema.get("description", ""), depth + 1)
    inner = field.annotation
    if depth == 0 and isinstance(inner, type) and issubclass(inner, SpecModel):
        for key, keyed in field_schemas(inner).items():
            yield from _argument(key, inner, keyed, depth + 1)


def family_page(family: str, *, linked: bool = False) -> str:
    """The entries of a family with a line for each, linked to their pages or not."""
    known = families()[family]
    lines = [
        line
        for kind in sorted(known)
        for line in _wrapped(f"- {_link(kind, linked)}: {doc_of(known[kind]).summary}")
    ]
    first = next(iter(known), "dense")
    help = [] if linked else [f"`kc explain {first}` explains one of them."]
    return _join([f"# {plural(family).capitalize()}", "\n".join(lines), *help])


def _link(kind: str, linked: bool) -> str:
    return f"[`{kind}`]({kind}.md)" if linked else f"`{kind}`"


def code_page(code: Code) -> str:
    """What a diagnostic means, with an example of the mistake and its correction."""
    return _join(
        [
            f"# {code.id}",
            f"{capitalized(code.title)} ({code.severity}).",
            "\n".join(_wrapped(code.why)),
            "Instead of",
            _block("text", code.bad),
            "write",
            _block("text", code.good),
        ]
    )


def pages() -> dict[str, str]:
    """Text of each page of the reference by its path."""
    found = _codes()
    for family, known in families().items():
        if known:
            found |= _family(plural(family), family, known)
    return {INDEX: _contents(), **found}


def _family(folder: str, family: str, known: Mapping[str, type[Entry]]) -> dict[str, str]:
    inside = {kind: entry_page(cls) for kind, cls in known.items()}
    return _folder(folder, family_page(family, linked=True), inside)


def _codes() -> dict[str, str]:
    return _folder("codes", _code_index(), {id: code_page(code) for id, code in CODES.items()})


def _code_index() -> str:
    parts = ["# Diagnostics"]
    for digit, series in SERIES.items():
        known = [code for code in CODES.values() if code.id.startswith(f"KC{digit}")]
        parts.append(f"## {digit}xx: {series}")
        parts.append("\n".join(f"- [{code.id}]({code.id}.md): {code.title}" for code in known))
    return _join(parts)


def _folder(folder: str, index: str, inside: Mapping[str, str]) -> dict[str, str]:
    """Pages of a folder, each with the way back."""
    way = f"[Reference](../{INDEX}) / [{folder}]({INDEX})"
    pages = {f"{folder}/{name}.md": f"{way}\n\n{text}" for name, text in inside.items()}
    return {f"{folder}/{INDEX}": f"[Reference](../{INDEX})\n\n{index}", **pages}


def _contents() -> str:
    lines = [
        f"- [{plural(family)}]({plural(family)}/{INDEX}): {len(known)} entries"
        for family, known in sorted(families().items())
        if known
    ]
    return _join(
        [
            "# Reference",
            "Printed from the code by `make docs`; `kc explain NAME` shows the same in a terminal.",
            "\n".join([f"- [diagnostics](codes/{INDEX}): what each code means", *lines]),
        ]
    )


def capitalized(sentence: str) -> str:
    """The sentence with a capital at its beginning."""
    return sentence[0].upper() + sentence[1:]


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, depth: int = 0) -> list[str]:
    """Lines of a list's item; what follows the dash stands under it."""
    blanks = "  " * depth
    # Code stays on one line: a line that begins with a minus would be an item.
    whole = CODE.sub(lambda code: code[0].replace(" ", "\0"), " ".join(text.split()))
    lines = textwrap.wrap(
        whole,
        WIDTH,
        initial_indent=blanks,
        subsequent_indent=blanks + "  " * text.startswith("- "),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]


def main() -> None:
    """Write all pages into a folder, or check that they are there as they should be."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    found = {folder / name: text for name, text in pages().items()}
    stale = set(folder.rglob("*.md")) - set(found)
    changed = {path: text for path, text in found.items() if not _holds(path, text)}
    if arguments.check:
        names = "".join(f"{path}\n" for path in sorted({*stale, *changed}))
        sys.exit(f"not as the code prints it, run `make docs`:\n{names}" if names else 0)
    for path in stale:
        path.unlink()
    for path, text in changed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()

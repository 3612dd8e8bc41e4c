"""``kc explain``: an entry, a family, a field or a diagnostic code, from what kc itself uses."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel

from kc.cli import render
from kc.cli.escape import escape, shorten
from kc.cli.options import AllowPlugins, Plugins, use_plugins
from kc.cli.type_words import default_words, type_words
from kc.core.codes import CODES
from kc.core.registry import Entry, SpecModel, entries, families
from kc.core.text import LONGEST_NAME, nearest, plural
from kc.library.layer import RESERVED
from kc.schemas.docs import doc_of
from kc.schemas.json_schema import Schema, field_schemas, section_of
from kc.schemas.spec import Spec

_INDENT = "  "
_WIDTH = 96


def explain(
    what: Annotated[
        str | None,
        typer.Argument(metavar="WHAT", help="An entry, a family, a field or a diagnostic code."),
    ] = None,
    plugins: Plugins = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Explain an entry, a family of entries, a field of a spec, or a diagnostic code.

    \b
    Examples:
      kc explain conv2d                  # arguments, defaults, an example
      kc explain conv2d.strides          # one argument
      kc explain layers                  # all of a family
      kc explain training.batch_size     # a field of the spec
      kc explain KC301                   # a diagnostic
      kc explain my_layer --plugin my_layers.py
    """
    use_plugins(plugins, allow_plugins)
    if what is None:
        print("\n".join(_overview()))
        return
    name = what.strip()
    found = list(_found(name))
    if not found:
        match = nearest(name.lower(), _everything())
        help = (
            f"did you mean `{match}`?" if match else "`kc explain` lists what there is to ask for"
        )
        raise render.usage_error(f"there is nothing called `{shorten(name, LONGEST_NAME)}`", help)
    sys.stdout.write("\n\n".join("\n".join(lines) for lines in found) + "\n")


def _found(name: str) -> Iterator[Iterator[str]]:
    """All that goes by a name: some entries of different families share theirs."""
    if code := CODES.get(name.upper()):
        yield _code(code.id)
    if called := _family_called(name):
        yield _family(called)
    head, _, rest = name.partition(".")
    for family in families():
        if head in entries(family):
            yield from _entry_or_field(family, head, rest)
    if name in RESERVED:
        yield _reserved(name)
    yield from _section(name)


def _reserved(key: str) -> Iterator[str]:
    yield f"{key}, beside the entry of a layer item"
    yield ""
    yield from _wrapped(RESERVED[key])


def _entry_or_field(family: str, kind: str, field: str) -> Iterator[Iterator[str]]:
    cls = entries(family)[kind]
    if not field:
        yield _entry(family, cls)
    elif field in cls.model_fields:
        yield _field(f"{kind}.{field}", cls, field)


def _section(path: str) -> Iterator[Iterator[str]]:
    """A part of the spec by its path: `training`, `data.split.validation`."""
    owner, _, last = path.rpartition(".")
    cls = section_of(owner)
    if cls is None or last not in cls.model_fields:
        return
    section = section_of(path)
    if section is None:
        yield _field(path, cls, last)
    else:
        yield _class(f"{path}, a section of the spec", section)


def _family_called(name: str) -> str | None:
    """A family by its name, in the singular or the plural."""
    return next((f for f in families() if name in {f, plural(f)}), None)


def _everything() -> list[str]:
    kinds = [kind for family in families() for kind in entries(family)]
    sections = [f"{name}.{field}" for name in Spec.model_fields if (cls := section_of(name))
                for field in cls.model_fields]  # fmt: skip
    names = [plural(family) for family in families()]
    return [*kinds, *names, *Spec.model_fields, *sections, *(code.lower() for code in CODES)]


def _overview() -> Iterator[str]:
    yield "kc explain WHAT, where WHAT is one of:"
    for family, known in families().items():
        names = ", ".join(sorted(known))
        yield from _wrapped(f"{plural(family)}: {names}", hanging=4)
    yield from _wrapped(f"sections: {', '.join(Spec.model_fields)}", hanging=4)
    yield from _wrapped(f"codes: {', '.join(CODES)}", hanging=4)


def _code(id: str) -> Iterator[str]:
    code = CODES[id]
    yield f"{code.id} ({code.severity}): {code.title}"
    yield ""
    yield from _wrapped(code.why)
    for title, text in (("Instead of", code.bad), ("write", code.good)):
        yield ""
        yield f"{title}:"
        yield textwrap.indent(text, _INDENT * 2)


def _family(family: str) -> Iterator[str]:
    known = entries(family)
    width = max((len(kind) for kind in known), default=0)
    yield f"{plural(family)}:"
    for kind, cls in sorted(known.items()):
        first, *rest = textwrap.wrap(doc_of(cls).summary, _WIDTH - width - 4) or [""]
        yield f"{_INDENT}{kind:{width}}  {first}".rstrip()
        yield from (" " * (width + 4) + line for line in rest)
    yield ""
    yield f"`kc explain {next(iter(known), 'dense')}` explains one of them."


def _entry(family: str, cls: type[Entry]) -> Iterator[str]:
    yield from _class(f"{cls.kind}, {_article(family)} {family}", cls)
    if main := cls.main_argument():
        yield ""
        yield f"{_INDENT}`{cls.kind}: VALUE` is short for `{cls.kind}: {{{main}: VALUE}}`."
    if example := doc_of(cls).example:
        yield ""
        yield "Example:"
        yield textwrap.indent(example, _INDENT * 2)


def _class(title: str, cls: type[BaseModel]) -> Iterator[str]:
    yield title
    yield ""
    yield textwrap.indent(doc_of(cls).text, _INDENT)
    if cls.model_fields:
        yield ""
        yield "Arguments:" if issubclass(cls, Entry) else "Keys:"
        for name, schema in field_schemas(cls).items():
            yield from _argument(name, cls, schema)


def _argument(name: str, cls: type[BaseModel], schema: Schema) -> Iterator[str]:
    yield f"{_INDENT}{name}: {type_words(schema)}{default_words(cls.model_fields[name], schema)}"
    yield from _wrapped(schema.get("description", ""), indent=6)
    inner = cls.model_fields[name].annotation
    if isinstance(inner, type) and issubclass(inner, SpecModel):
        for key, keyed in field_schemas(inner).items():
            words = f"{type_words(keyed)}{default_words(inner.model_fields[key], keyed)}"
            yield from _wrapped(f"{key}: {words}. {keyed.get('description', '')}", 8, hanging=2)


def _field(path: str, cls: type[BaseModel], name: str) -> Iterator[str]:
    yield path
    yield ""
    yield from _argument(name, cls, field_schemas(cls)[name])


def _wrapped(text: str, indent: int = 2, hanging: int = 0) -> Iterator[str]:
    blanks = " " * indent
    yield from textwrap.wrap(
        escape(" ".join(text.split())),
        _WIDTH,
        initial_indent=blanks,
        subsequent_indent=blanks + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"

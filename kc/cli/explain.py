"""``kc explain``: an entry, a family, a field or a diagnostic code, from what kc itself uses."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from kc.cli import reference, render
from kc.cli.escape import escape, shorten
from kc.cli.options import (
    AllowPlugins,
    Overrides,
    Plugins,
    Profiles,
    Root,
    changes,
    folder_of,
    use_plugins,
)
from kc.compiler.compose.options import Options
from kc.core.codes import CODES
from kc.core.registry import entries, families
from kc.core.text import LONGEST_NAME, nearest, plural
from kc.library.layer import RESERVED
from kc.schemas.json_schema import section_of
from kc.schemas.spec import Spec

_SUFFIXES = (".yaml", ".yml")


def explain(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT", help="An entry, a family, a field, a diagnostic code, or a spec."
        ),
    ] = None,
    path: Annotated[str | None, typer.Argument(metavar="PATH", help="A value of the spec.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print the spec with every default written out.")
    ] = False,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    plugins: Plugins = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Explain an entry, a family of entries, a field, a diagnostic code, or a value of a spec.

    \b
    Examples:
      kc explain conv2d                  # arguments, defaults, an example
      kc explain conv2d.strides          # one argument
      kc explain layers                  # all of a family
      kc explain training.batch_size     # a field of the spec
      kc explain KC301                   # a diagnostic
      kc explain my_layer --plugin my_layers.py
      kc explain spec.yaml training.optimizer.adam.learning_rate   # value and origin
      kc explain spec.yaml --all         # the spec with every default written out
    """
    use_plugins(plugins, allow_plugins)
    if what is not None and (path is not None or everything or what.endswith(_SUFFIXES)):
        options = changes(overrides, profiles, root, folder_of(what))
        _explain_spec(what, path, everything, options, allow_plugins)
        return
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
    _print(found)


def _explain_spec(
    spec: str, path: str | None, everything: bool, options: Options, allow_plugins: bool
) -> None:
    from kc.cli.explain_spec import filled_spec, value_page

    if path is None and not everything:
        raise render.usage_error(
            "which value of the spec?",
            f"name one, as in `kc explain {spec} training.epochs`, or say `--all`",
        )
    page = value_page(spec, options, allow_plugins, path) if path else None
    _print(page or filled_spec(spec, options, allow_plugins))


def _print(parts: Iterable[str]) -> None:
    lines = "\n".join(parts).splitlines()
    sys.stdout.write("".join(f"{escape(line)}\n" for line in lines))


def _found(name: str) -> Iterator[str]:
    """All pages that go by a name: some entries of different families share theirs."""
    if code := CODES.get(name.upper()):
        yield reference.code_page(code)
    if called := _family_called(name):
        yield reference.family_page(called)
    head, _, rest = name.partition(".")
    for family in families():
        if head in entries(family):
            yield from _entry_or_field(family, head, rest)
    if name in RESERVED:
        yield reference.reserved_page(name)
    yield from _section(name)


def _entry_or_field(family: str, kind: str, field: str) -> Iterator[str]:
    cls = entries(family)[kind]
    if not field:
        yield reference.entry_page(cls)
    elif field in cls.model_fields:
        yield reference.field_page(f"{kind}.{field}", cls, field)


def _section(path: str) -> Iterator[str]:
    """A part of the spec by its path: `training`, `data.split.validation`."""
    owner, _, last = path.rpartition(".")
    cls = section_of(owner)
    if cls is None or last not in cls.model_fields:
        return
    section = section_of(path)
    if section is None:
        yield reference.field_page(path, cls, last)
    else:
        yield reference.section_page(path, section)


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
        yield from _wrapped(f"{plural(family)}: {names}")
    yield from _wrapped(f"sections: {', '.join(Spec.model_fields)}")
    yield from _wrapped(f"codes: {', '.join(CODES)}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        escape(text),
        reference.WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )

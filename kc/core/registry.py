"""Entries: what a spec can name, each a class that declares itself."""

# Without `from __future__ import annotations`: Pydantic would evaluate the texts of what classes
# inherit again for each of them, which is a tenth of the time that a check takes to start.

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, model_validator

from kc.core.span import Span
from kc.core.text import LONGEST_NAME, plural

LIBRARY = "kc.library"

_families: dict[str, dict[str, type["Entry"]]] = {}


class SpecModel(BaseModel):
    """A part of a spec: frozen, strict, without unknown keys, and aware of its place."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        defer_build=True,
        populate_by_name=True,
    )

    _span: Span | None = PrivateAttr(default=None)

    @property
    def span(self) -> Span | None:
        """Where the user wrote it; None for an object made in Python."""
        return self._span

    def at(self, span: Span | None) -> Self:
        """The same, written there."""
        self._span = span
        return self

    @property
    def idle(self) -> Sequence[str]:
        """Fields that mean nothing beside the others, and so may not be written."""
        return ()

    @classmethod
    def default(cls) -> Self:
        """One with defaults only. Nothing is validated, so that importing it costs nothing."""
        return cls.model_construct()

    def __eq__(self, other: object) -> bool:
        # Where a thing was written is not part of what it means.
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType]


class Entry(SpecModel):
    """A class that specs can name.

    A direct subclass with ``family=`` opens a family (``Layer``); a subclass with ``kind=`` is an
    entry of it (``Dense``, ``dense``). The first field of its own is the main argument: the one
    that ``dense: 10`` sets.
    """

    family: ClassVar[str]
    kind: ClassVar[str]
    aka: ClassVar[tuple[str, ...]] = ()
    """Other names that people know it by. They are not accepted: messages point to the name."""
    beside: ClassVar[tuple[str, ...]] = ()
    """Fields that every entry of a family has beside its own. They are given by name only."""

    def __init_subclass__(
        cls, family: str = "", kind: str = "", aka: tuple[str, ...] = (), **options: object
    ) -> None:
        super().__init_subclass__(**options)  # pyright: ignore[reportArgumentType]
        if family:
            cls.family = family
            _families[family] = {}
        if kind:
            cls.kind, cls.aka = kind, aka
            register(cls)

    def __init__(self, *arguments: object, **fields: object) -> None:
        """Arguments by position fill the fields in order, as in ``Dense(64)``."""
        names = self.own_fields()
        if len(arguments) > len(names):
            raise TypeError(f"{self.kind} takes at most {len(names)} arguments")
        super().__init__(**dict(zip(names, arguments, strict=False)), **fields)

    # Pydantic would send each map that it validates through a constructor of our own, and validate
    # twice. There is nothing to be done about arguments by name.
    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess]

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, value: object) -> object:
        if isinstance(value, Mapping) and any(isinstance(v, list) for v in value.values()):
            return {k: _tuples(v) for k, v in value.items()}
        return value

    @classmethod
    def own_fields(cls) -> Sequence[str]:
        """The fields that arguments by position fill."""
        return _own_fields(cls)

    @classmethod
    def main_argument(cls) -> str | None:
        return next(iter(cls.own_fields()), None)

    def arguments(self) -> dict[str, object]:
        """The fields that differ from their defaults."""
        return self.model_dump(exclude_defaults=True)


@cache
def _own_fields(cls: type[Entry]) -> Sequence[str]:
    return [name for name in cls.model_fields if name not in cls.beside]


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


class TwoEntriesError(TypeError):
    """Two classes of one family that are called the same."""


def register(cls: type[Entry]) -> None:
    """Let specs name an entry. A class that is defined again takes the place of the first one.

    Raises:
        TwoEntriesError: when another class has this kind.
    """
    known = _families[cls.family].get(cls.kind, cls)
    if _qualified(known) != _qualified(cls):
        raise TwoEntriesError(
            f"two {plural(cls.family)} are called `{cls.kind}`: "
            f"{_qualified(known)} and {_qualified(cls)}"
        )
    _families[cls.family][cls.kind] = cls


def forget(cls: type[Entry]) -> None:
    """Let specs no longer name an entry, as one of a plugin that another spec lists."""
    if _families[cls.family].get(cls.kind) is cls:
        del _families[cls.family][cls.kind]


def _qualified(cls: type[Entry]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def load_library() -> None:
    """Import every module of the library once, so that its entries are known."""
    _load_library()


@cache
def _load_library() -> None:
    package = importlib.import_module(LIBRARY)
    for module in pkgutil.walk_packages(package.__path__, f"{LIBRARY}."):
        importlib.import_module(module.name)


def find(kind: str, *families: str) -> type[Entry] | None:
    """The entry of this kind in one of some families.

    An entry's file is called after it, so most often one file is imported and not the library.
    Where two families have the kind, the one that is named first counts.
    """
    for load in (_load_file, _load_all):
        for family in families:
            if kind not in _families.get(family, {}):
                load(family, kind)
            if found := _families.get(family, {}).get(kind):
                return found
    return None


def is_kind(kind: str, family: str) -> bool:
    """Whether a family has an entry of this kind, as far as its file's name tells.

    Cheaper than ``find`` for words that are most often none: the library is not imported.
    """
    if kind not in _families.get(family, {}):
        _load_file(family, kind)
    return kind in _families.get(family, {})


@lru_cache(maxsize=4096)
def _load_file(family: str, kind: str) -> None:
    """Import the file of a family, or of one entry."""
    if len(kind) > LONGEST_NAME:
        return
    library, folder = Path(__file__).parent.parent / "library", plural(family)
    if (library / f"{folder}.py").exists():
        importlib.import_module(f"{LIBRARY}.{folder}")
    elif kind.isidentifier() and (library / folder / f"{kind}.py").exists():
        importlib.import_module(f"{LIBRARY}.{folder}.{kind}")


def _load_all(family: str, kind: str) -> None:
    load_library()


def families() -> Mapping[str, Mapping[str, type[Entry]]]:
    """All entries, by family and kind."""
    load_library()
    return _families


def entries(family: str) -> Mapping[str, type[Entry]]:
    """The entries of one family by kind."""
    load_library()
    return _families[family]


@cache
def field_docs(cls: type[BaseModel]) -> Mapping[str, str]:
    """The docstring under each field, inherited fields included.

    Read from the source when somebody asks: Pydantic would read it at each start.
    """
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not (issubclass(base, BaseModel) and base.model_fields):
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        except (OSError, TypeError, SyntaxError):
            continue
        docs |= _docs_in(body)
    return {name: docs[name] for name in cls.model_fields if name in docs}


def _docs_in(body: ast.stmt) -> dict[str, str]:
    statements = body.body if isinstance(body, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(doc.value.value)
        for field, doc in pairwise(statements)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }

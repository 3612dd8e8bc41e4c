"""Names, values and words of generated code. What comes from a spec enters through here only."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Callable, Iterable
from typing import cast

from kc.core.formula import ARRAYS, Formula


class EmitError(Exception):
    """A program that has no faithful form as plain Python: a defect of an entry or of kc."""


class Identifiers:
    """Gives out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*taken, *dir(builtins)}

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def fresh(self, wanted: str) -> str:
        """An identifier like the wanted name, with a number where that is taken."""
        name = identifier(wanted)
        number = 0
        while name in self._taken:
            name = f"{identifier(wanted)}_{number}"
            number += 1
        self._taken.add(name)
        return name


def identifier(text: str) -> str:
    """The text as an ASCII identifier that is no keyword."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text)
    if not name or name[0].isdigit():
        name = f"_{name}"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        name = f"{name}_"
    return name


def string(text: str) -> str:
    """A string literal, in the quotes that ruff takes."""
    # A plain str: what comes from YAML is a subclass that knows its place.
    literal = repr(str(text))
    if literal[0] == "'" and '"' not in literal:
        return f'"{literal[1:-1]}"'
    return literal


def value(thing: object, name_of: Callable[[object], str]) -> str:
    """An expression for a setting; functions are named by ``name_of``.

    Raises:
        EmitError: for a value that cannot be written down.
    """
    match thing:
        case None | bool():
            return repr(thing)
        case int():
            return repr(int(thing))
        case float():
            return repr(float(thing)) if math.isfinite(thing) else f'float("{float(thing)}")'
        case str():
            return string(thing)
        case tuple() | list():
            items = [value(item, name_of) for item in cast("Iterable[object]", thing)]
            if isinstance(thing, list):
                return f"[{', '.join(items)}]"
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        case Formula():
            return f"lambda {', '.join(ARRAYS[: thing.arrays])}: {thing.python()}"
        case _ if callable(thing):
            return name_of(thing)
        case _:
            raise EmitError(f"a setting cannot be written as Python: {thing!r}")


def printable(text: str) -> str:
    """The text on one line, with everything that is not printable escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def comment(text: str) -> str:
    return f"# {printable(text)}"


def docstring(*paragraphs: str) -> str:
    """A module's docstring; a paragraph may hold line breaks."""
    lines = "\n\n".join(paragraphs).split("\n")
    text = "\n".join(printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"""{text}\n"""' if "\n" in text else f'"""{text}"""'

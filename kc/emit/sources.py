"""Collects the source of functions with all that they refer to."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kc.emit.definitions import Definition, Place, find, global_names, symbols
from kc.emit.names import EmitError, Identifiers


@dataclass(slots=True)
class Sources:
    """Functions and what they need, each once, under names that do not clash."""

    imports: dict[str, str] = field(default_factory=dict[str, str])
    """Import statements by the name that they bind."""
    _places: list[Place] = field(default_factory=list[Place])
    _definitions: dict[Place, Definition] = field(default_factory=dict[Place, Definition])
    _names: dict[Place, str] = field(default_factory=dict[Place, str])

    def add(self, functions: Iterable[object]) -> list[Place]:
        """Collect functions; the places that are new, each after those that it needs."""
        before = len(self._places)
        for function in functions:
            definition = find(place_of(function))
            self._visit(definition, trusted=definition.place[0].partition(".")[0])
        return self._places[before:]

    def _visit(self, definition: Definition, trusted: str) -> None:
        place = definition.place
        if place in self._definitions:
            return
        self._definitions[place] = definition
        for name, need in definition.needs.items():
            if isinstance(need, str):
                self._import(name, need)
                continue
            if need[0].partition(".")[0] not in {"kc", trusted}:
                raise EmitError(
                    f"{'.'.join(definition.place)} uses {'.'.join(need)}, no part of kc"
                )
            self._visit(find(need), trusted)
        self._places.append(place)

    def _import(self, name: str, statement: str) -> None:
        if self.imports.setdefault(name, statement) != statement:
            raise EmitError(f"`{name}` means `{self.imports[name]}` and `{statement}`")

    def settle(self, reserved: Iterable[str]) -> None:
        """Choose the name of each definition; the first one keeps its own."""
        identifiers = Identifiers({*reserved, *self.imports})
        for place in self._places:
            name = place[1]
            if name in identifiers:
                name = f"{place[0].rpartition('.')[2]}_{name}"
            self._names[place] = identifiers.fresh(name)

    @property
    def names(self) -> set[str]:
        return set(self._names.values())

    def name_of(self, function: object) -> str:
        """The name of a collected function in the generated module."""
        return self._names[find(place_of(function)).place]

    def text(self, place: Place) -> str:
        """The source of a definition, under the names of the generated module."""
        definition = self._definitions[place]
        renamed = {
            name: self._names[found]
            for name, found in self._meanings(definition).items()
            if self._names[found] != name
        }
        return _rename(definition.text, renamed) if renamed else definition.text

    def _meanings(self, definition: Definition) -> dict[str, Place]:
        meanings = {definition.place[1]: definition.place}
        for name, need in definition.needs.items():
            if isinstance(need, tuple):
                meanings[name] = find(need).place
        return meanings


def place_of(function: object) -> Place:
    """Where a function is defined.

    Raises:
        EmitError: when it does not stand in a module under its own name.
    """
    home, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    if not home or getattr(importlib.import_module(home), name, None) is not function:
        raise EmitError(f"{function!r} is no function of a module")
    return home, name


def _rename(text: str, names: Mapping[str, str]) -> str:
    """Give global names other ones.

    Raises:
        EmitError: when one of them is also the name of something local.
    """
    read = global_names(text)
    for table, symbol in symbols(text):
        name = symbol.get_name()
        if name in names and name in read and table.get_type() != "module" and symbol.is_local():
            raise EmitError(f"`{name}` is global and local in one function, it cannot be renamed")
    lines = [line.encode() for line in text.splitlines()]
    tree = ast.parse(text)
    uses = [
        (node.lineno - 1, node.col_offset, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in names and node.id in read
    ]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            column = lines[node.lineno - 1].index(node.name.encode())
            uses.append((node.lineno - 1, column, node.name))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            uses += [
                (target.lineno - 1, target.col_offset, target.id)
                for target in targets
                if isinstance(target, ast.Name) and target.id in names
            ]
    for line, column, name in sorted(uses, reverse=True):
        rest = lines[line][column + len(name.encode()) :]
        lines[line] = lines[line][:column] + names[name].encode() + rest
    return b"\n".join(lines).decode()

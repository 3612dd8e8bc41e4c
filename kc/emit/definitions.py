"""Definitions as they stand in their modules, with what they refer to."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import symtable
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from kc.emit.names import EmitError

IMPORTABLE = {
    *("jax", "numpy", "optax"),
    *(
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "itertools",
        "math",
        "operator",
        "re",
        "sys",
    ),
    "typing",
}
"""Packages that generated code may import."""

_LAZY = {
    "jax": "import jax",
    "jnp": "import jax.numpy as jnp",
    "lax": "from jax import lax",
    "np": "import numpy as np",
    "optax": "import optax",
}
"""What ``kc.core.lazy`` stands for."""

Place = tuple[str, str]
"""A module and a name in it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, class or constant as it stands in its module."""

    place: Place
    text: str
    needs: Mapping[str, Place | str]
    """The globals that it refers to: a definition, or the statement that imports the name."""


class Module:
    """The source of a module, by the names that it binds."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self.text = inspect.getsource(importlib.import_module(name))
        except (ImportError, OSError, TypeError) as error:
            raise EmitError(f"the source of {name} is not at hand: {error}") from error
        self.lines = self.text.splitlines()
        self.body = ast.parse(self.text).body

    @cached_property
    def imports(self) -> dict[str, Place | str]:
        """Imported names, those for the type checker included."""
        found: dict[str, Place | str] = {}
        for node in self.body:
            guarded = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in node.body if guarded and isinstance(node, ast.If) else [node]:
                found |= _imported(inner)
        return found

    @cached_property
    def definitions(self) -> dict[str, list[ast.stmt]]:
        """The statements that make each name, with calls such as ``name.defvjp(...)``."""
        found: dict[str, list[ast.stmt]] = {}
        for node, after in zip(self.body, [*self.body[1:], None], strict=True):
            for name in _bound(node):
                found[name] = [node]
                if isinstance(node, ast.Assign | ast.AnnAssign) and _is_docstring(after):
                    assert after is not None
                    found[name].append(after)
            configured = _configured(node)
            if configured in found:
                found[configured].append(node)
        return found

    def segment(self, node: ast.stmt) -> str:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        return "\n".join(self.lines[first - 1 : node.end_lineno])


def _imported(node: ast.stmt) -> dict[str, Place | str]:
    found: dict[str, Place | str] = {}
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            found[bound] = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            bound = alias.asname or alias.name
            if node.module == "kc.core.lazy":
                found[bound] = _LAZY[alias.name]
            elif node.module.partition(".")[0] in sys.stdlib_module_names | IMPORTABLE:
                renamed = f" as {alias.asname}" if alias.asname else ""
                found[bound] = f"from {node.module} import {alias.name}{renamed}"
            else:
                found[bound] = (node.module, alias.name)
    return found


def _bound(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _is_docstring(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _configured(node: ast.stmt) -> str:
    """The name in a statement ``name.method(...)``; empty for other statements."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name
        case _:
            return ""


@cache
def module(name: str) -> Module:
    return Module(name)


@cache
def find(place: Place) -> Definition:
    """The definition of a name, followed through the modules that only pass it on.

    Raises:
        EmitError: when it is not defined by a statement of its own, or uses what is not.
    """
    source = module(place[0])
    passed_on = source.imports.get(place[1])
    if isinstance(passed_on, tuple):
        return find(passed_on)
    if place[1] not in source.definitions:
        raise EmitError(f"{place[0]}.{place[1]} is no function, class or constant of its module")
    texts: list[str] = []
    needs: dict[str, Place | str] = {}
    for node in source.definitions[place[1]]:
        text, local = _without_local_imports(_without_constraints(source.segment(node)))
        texts.append(text)
        needs |= local
    text = "\n\n\n".join(texts) if len(texts) > 1 and not _is_constant(texts) else "\n".join(texts)
    for name in global_names(text):
        if name in needs or name == place[1]:
            continue
        if name in source.imports:
            needs[name] = source.imports[name]
        elif name in source.definitions:
            needs[name] = (place[0], name)
        elif not hasattr(builtins, name):
            raise EmitError(f"{place[0]}.{place[1]} uses `{name}`, whose source is not at hand")
    return Definition(place, text, needs)


def _is_constant(texts: Sequence[str]) -> bool:
    return not texts[0].startswith(("def ", "class ", "@"))


def _without_constraints(text: str) -> str:
    """A type such as ``Annotated[int, Field(gt=0)]`` as ``int``; other text as it is."""
    tree = ast.parse(text)
    if not isinstance(tree.body[0], ast.Assign) or "Annotated[" not in text:
        return text
    return ast.unparse(_Unannotate().visit(tree))


class _Unannotate(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[plain, *_])):
                return plain
            case _:
                return node


def _without_local_imports(text: str) -> tuple[str, dict[str, Place | str]]:
    """A function without the imports of kc's modules inside of it: their names become global."""
    lines = text.splitlines()
    needs: dict[str, Place | str] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kc."):
            needs |= _imported(node)
            last = node.end_lineno or node.lineno
            blank = last < len(lines) and not lines[last].strip()
            lines[node.lineno - 1 : last + blank] = [""] * (last + blank - node.lineno + 1)
    if not needs:
        return text, needs
    return re.sub(r"\n\n+(?=    )", "\n", "\n".join(lines)), needs


def global_names(text: str) -> list[str]:
    """The global names that a piece of a module reads, annotations included, as they appear."""
    read = {symbol.get_name() for table, symbol in symbols(text) if _is_global(table, symbol)}
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in nodes if node.id in read))


def symbols(text: str) -> Iterator[tuple[symtable.SymbolTable, symtable.Symbol]]:
    tables = [symtable.symtable(text, "<source>", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        yield from ((table, symbol) for symbol in table.get_symbols())


def _is_global(table: symtable.SymbolTable, symbol: symtable.Symbol) -> bool:
    if not symbol.is_referenced():
        return False
    return table.get_type() == "module" or symbol.is_global()

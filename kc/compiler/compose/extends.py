"""``extends``: specs that a spec is laid over.

A base lies in the folder of the spec that the user named, or below it, also when links are
followed. It is read like that spec: as a regular file, within limits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kc.compiler.compose.merge import merge
from kc.compiler.compose.options import Options
from kc.compiler.source import limits
from kc.compiler.source.files import read_bytes
from kc.compiler.source.reader import decode, read
from kc.core import codes
from kc.core.diagnostic import Code, CompileError, Label, Report
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree


def extend(tree: Tree, options: Options, report: Report) -> Tree | None:
    """The tree laid over all that it extends; None where one of those cannot be read.

    Nothing else can be said then. The reason is in the report.
    """
    if not isinstance(tree, MapNode) or tree.get("extends") is None:
        return tree
    folder = options.folder
    root = None if folder is None else Path(os.path.realpath(options.root or folder))
    top = Path(os.path.realpath(tree.span.source.name))
    family = _Family(root, report)
    whole = family.whole(tree, folder or Path(), (top,))
    return None if family.failed else whole


class _RefusedError(Exception):
    """A base that is not read; ``code``, ``message``, ``help``."""

    def __init__(self, code: Code, message: str, help: str) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


@dataclass(slots=True)
class _Family:
    """Files of one spec, as they are read."""

    root: Path | None
    report: Report
    files: int = 1
    bytes: int = 0
    failed: bool = False
    full: bool = False
    """Whether a limit was passed: nothing else is read then."""
    known: dict[Path, Tree | None] = field(default_factory=dict[Path, "Tree | None"])
    """Files that were read, each by its path without links."""

    def whole(self, tree: MapNode, folder: Path, chain: tuple[Path, ...]) -> Tree:
        """A file laid over its bases. ``chain`` are the files that led to it."""
        result: Tree | None = None
        name = tree.span.source.name
        for node, path in self.named(tree):
            base = self.base(node, path, folder, chain)
            if base is not None and result is not None:
                result = merge(result, base, f"`{base.span.source.name}`", self.report)
            else:
                result = base or result
        own = tree.without("extends")
        return own if result is None else merge(result, own, f"`{name}`", self.report)

    def named(self, tree: MapNode) -> Iterator[tuple[ScalarNode, str]]:
        """The paths behind ``extends``."""
        written = tree.get("extends")
        for node in written.items if isinstance(written, ListNode) else (written,):
            if isinstance(node, ScalarNode) and isinstance(node.value, str):
                yield node, node.value
            elif node is not None:
                self.failed = True
                self.report.add(
                    codes.WRONG_TYPE,
                    "`extends` cannot be this",
                    at=node.span,
                    label="expected a path, or a list of paths",
                )

    def base(
        self, node: ScalarNode, path: str, folder: Path, chain: tuple[Path, ...]
    ) -> Tree | None:
        """The whole of a base, or None with the reason in the report."""
        if self.full:
            return None
        try:
            place = self.located(path, folder)
            self.check_circle(place, chain)
            tree = self.read(place, os.path.normpath(folder / path))
        except _RefusedError as error:
            self.failed = True
            self.report.add(error.code, error.message, at=node.span, help=error.help)
            return None
        if isinstance(tree, MapNode):
            return self.whole(tree, (folder / path).parent, (*chain, place))
        self.failed = True
        if tree is not None:
            self.report.add(
                codes.WRONG_TYPE,
                "a spec is a map",
                at=tree.span,
                cause=Label(node.span, "named here"),
            )
        return None

    def located(self, path: str, folder: Path) -> Path:
        """The path without links."""
        if self.root is None:
            raise _RefusedError(
                codes.BASE_UNREADABLE, "a spec without a file extends nothing", "save it to a file"
            )
        if "\0" in path:
            raise _RefusedError(
                codes.BASE_UNREADABLE, "a path cannot hold a NUL character", "remove it"
            )
        place = Path(os.path.realpath(folder / path))
        if not place.is_relative_to(self.root):
            raise _RefusedError(
                codes.BASE_OUTSIDE,
                f"`{path}` lies outside of the spec's folder",
                "put the base beside the spec or below it, or widen the folder with `--root`",
            )
        return place

    def check_circle(self, place: Path, chain: tuple[Path, ...]) -> None:
        if place in chain:
            names = " -> ".join(file.name for file in (*chain[chain.index(place) :], place))
            raise _RefusedError(
                codes.BASE_CIRCLE,
                f"specs extend each other in a circle: {names}",
                "move what they share into a base of its own",
            )

    def read(self, place: Path, name: str) -> Tree | None:
        self.files += 1
        if self.files > limits.FAMILY_FILES:
            self.too_many(f"a spec and its bases are more than {limits.FAMILY_FILES} files")
        if place in self.known:
            return self.known[place]
        self.known[place] = None
        try:
            source = decode(name, self.data(place, name))
        except CompileError as error:
            self.report.absorb(error.report)
            return None
        self.bytes += len(source.text)
        if self.bytes > limits.FAMILY_BYTES:
            self.too_many(f"a spec and its bases have more than {limits.FAMILY_BYTES:,} bytes")
        self.known[place] = read(source, self.report)
        return self.known[place]

    def data(self, place: Path, name: str) -> bytes:
        try:
            return read_bytes(place, follow=False)
        except CompileError as error:
            reason = error.report.diagnostics[0].message.rpartition(": ")[2]
            raise _RefusedError(
                codes.BASE_UNREADABLE,
                f"the base `{name}` cannot be read: {reason}",
                "paths are relative to the file that names them",
            ) from None

    def too_many(self, message: str) -> None:
        self.full = True
        raise _RefusedError(codes.BASE_LIMIT, message, "extend fewer files")

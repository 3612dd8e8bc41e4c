"""Entries of the user: Python files beside a spec, and installed packages.

Importing a plugin runs it, so nothing here is called unless its code may run: by commands that
train or predict, and with ``--allow-plugins``. Nothing is imported by a name that a spec gives.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kc.core.data import DataError
from kc.core.registry import Entry, TwoEntriesError, families, forget, register
from kc.core.span import SourceText, Span
from kc.library.files import open_file

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "kc.plugins"
"""Entry point group of installed packages."""
MAX_BYTES = 1_000_000


class PluginError(Exception):
    """A plugin that cannot be used, with the place in its own code."""

    def __init__(self, message: str, help: str | None = None, at: Span | None = None) -> None:
        super().__init__(message)
        self.message, self.help, self.at = message, help, at


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was imported."""

    name: str
    """Its path in the spec, or the name of its entry point."""
    version: str
    """What tells one state of its code from another."""
    entries: tuple[type[Entry], ...]


@dataclass(slots=True)
class _Plugins:
    files: dict[str, Plugin] = field(default_factory=dict[str, Plugin])
    """By module, each imported once for each state of its text."""
    active: dict[str, Plugin] = field(default_factory=dict[str, Plugin])
    """Files whose entries can be named now."""
    installed: dict[str, Plugin] | None = None
    """None until they were imported."""


_plugins = _Plugins()


def deactivate() -> None:
    """Take the entries of all files away: they belong to the spec that lists them."""
    for plugin in _plugins.active.values():
        for entry in plugin.entries:
            forget(entry)
    _plugins.active = {}


def use_file(folder: Path, path: str) -> None:
    """Import a Python file in or below a folder; its entries can be named until ``deactivate``.

    Raises:
        PluginError: when it cannot be read, fails, or defines what exists already.
    """
    text, place = _read(folder, path)
    digest = hashlib.sha256(f"{place}\0{text}".encode()).hexdigest()
    module = f"kc_plugin_{place.stem}_{digest[:12]}"
    if module in _plugins.active:
        return
    known = _plugins.files.get(module)
    entries = known.entries if known else ()
    made = _new_entries(
        lambda: [register(entry) for entry in entries] if known else _run(module, place, text),
        path,
        lambda file: file == str(place),
    )
    plugin = known or Plugin(path, hashlib.sha256(text.encode()).hexdigest(), made)
    _plugins.files[module] = _plugins.active[module] = plugin


def use_installed() -> None:
    """Import the plugins of installed packages, once.

    Raises:
        PluginError: when one fails, or defines what exists already.
    """
    if _plugins.installed is None:
        # Imported here: checking runs no plugins and is to begin fast.
        from importlib.metadata import entry_points

        _plugins.installed = {point.name: _import(point) for point in entry_points(group=GROUP)}


def versions() -> Mapping[str, str]:
    """The plugins in use and the states of their code: results depend on them."""
    used = {**(_plugins.installed or {}), **_plugins.active}
    return {plugin.name: plugin.version for plugin in used.values()}


def _read(folder: Path, path: str) -> tuple[str, Path]:
    """The text of a file, and where it lies."""
    if Path(path).suffix != ".py":
        raise PluginError(f"`{path}` is no Python file", "name a file that ends in `.py`")
    try:
        with open_file(folder, path) as file:
            content = file.read(MAX_BYTES + 1)
    except DataError as error:
        raise PluginError(error.message, error.help) from None
    if len(content) > MAX_BYTES:
        raise PluginError(f"`{path}` has more than {MAX_BYTES:,} bytes")
    try:
        return content.decode(), (folder / path).resolve()
    except UnicodeDecodeError:
        raise PluginError(f"`{path}` is not UTF-8 text") from None


def _run(name: str, place: Path, text: str) -> None:
    """Execute a file as a module of this name."""
    module = ModuleType(name)
    module.__file__ = str(place)
    # What `kc generate` prints is what ran, also when the file changes meanwhile.
    linecache.cache[str(place)] = (len(text), None, text.splitlines(keepends=True), str(place))
    sys.modules[name] = module
    try:
        exec(compile(text, str(place), "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise


def _import(point: EntryPoint) -> Plugin:
    package = point.module.partition(".")[0]
    made = _new_entries(point.load, point.name, lambda file: package in Path(file).parts)
    return Plugin(point.name, point.dist.version if point.dist else "", made)


def _new_entries(
    run: Callable[[], object], name: str, is_own: Callable[[str], bool]
) -> tuple[type[Entry], ...]:
    """The entries that some code defines; none of them stays when it fails.

    Args:
        run: executes the code.
        name: what the user calls the plugin.
        is_own: whether a file belongs to the plugin.
    """
    before = _all_entries()
    try:
        run()
    except (Exception, SystemExit) as error:  # noqa: BLE001  # foreign code may do anything
        for entry in _all_entries() - before:
            forget(entry)
        kind, reason = type(error).__name__, str(error).partition("\n")[0]
        if isinstance(error, TwoEntriesError):
            raise PluginError(reason, "choose another `kind`", _place(error, is_own)) from None
        raise PluginError(
            f"the plugin `{name}` cannot be imported: {kind}" + (f": {reason}" if reason else ""),
            "mend its code",
            _place(error, is_own),
        ) from None
    return tuple(_all_entries() - before)


def _all_entries() -> set[type[Entry]]:
    return {entry for known in families().values() for entry in known.values()}


def _place(error: BaseException, is_own: Callable[[str], bool]) -> Span | None:
    """The line of the plugin that an error comes from."""
    frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    file, line = next((f for f in reversed(frames) if is_own(f[0])), ("", None))
    if not line:
        return None
    source = SourceText(_shortest(file), "".join(linecache.getlines(file)))
    text = source.line(line)
    return Span(source, line, len(text) - len(text.lstrip()) + 1, line, len(text.rstrip()) + 1)


def _shortest(file: str) -> str:
    """A path as the user is likely to know it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

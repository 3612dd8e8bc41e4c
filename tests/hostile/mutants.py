"""Specs that were changed at random: real ones, and those of the diagnostics' pages.

Each has a number, from which it can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from kc.compiler.source.reader import read
from kc.core.diagnostic import Report
from kc.core.registry import families
from kc.core.span import SourceText
from kc.core.tree import MapNode, plain
from kc.library.layer import RESERVED
from kc.schemas.spec import Spec
from kc.schemas.training import Training

ROOT = Path(__file__).parents[2]
_PLACES = ("examples/*/*.yaml", "specs/*.yaml", "kc/cli/templates/*.yaml",
           "benchmarks/compactness/*.yaml", "tests/emit/specs/*.yaml")  # fmt: skip
_BLOCK = re.compile(r"^```yaml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SCALAR = re.compile(
    r"(?<=[:\[,{] )[^\s\[\]{},#][^\n\[\]{},#]*|(?<=- )[^\s\[\]{},#:]+$", re.MULTILINE
)

SCALARS = (
    "", "~", "null", "true", "no", "0", "-1", "1", "3", "2147483648", "9223372036854775807",
    "9" * 400, "1e308", "1e999", "-1e-320", ".inf", "-.inf", ".nan", "0x7fffffff", "0.5", "1_000",
    "2026-01-01", "12:30", "$w", "$", "$$", "${w}", "$i", "$w + 1", "9**9**9", "10**18", "1/0",
    "1 // 0", "-" * 300 + "1", "(" * 60 + "1" + ")" * 60, "min(1, 2)", "'1 +'", "not $w", "[]",
    "{}", "[[]]", "[0, -1]", "[x, x]", "{a: 1}", "{dense: 3}", "{use: e}", "[relu]",
    "{repeat: 1000}", "../../etc/passwd", "/dev/zero", "spec.yaml", "base.yaml", "folder",
    "pipe.yaml", "input", "previous", "dense", "relu", "batch", "None",
    "!!python/object/apply:os.system ls", "*x",
    "&x 1",
    "&x [*x]", "<<", "::error::x", "'##[error]x'", r'"\e[31m"', r'"\u202e\ud800"', r'"\0"', "'%0A'",
    "é" * 70, "\u202e\u200b", "\ufeff", "\x1b[31m", "\x00", "\x85", "\u2028", "a" * 300, "|", ">-",
    "'", '"', "`", "@", "%", "#", "# kc: ignore[KC804]", "?", ":", "- - -", "\t", "__class__",
    "{{x}}",
)  # fmt: skip
NUMBERS = (None, True, -1, 0, 1, 2, 3, 100, 2**31 - 1, 2**31, 2**62, -0.5, 0.5, 1.5, 1e-300, 1e300)
LINES = (
    "extends: base.yaml", "extends: [base.yaml, ../spec.yaml, /etc/passwd, base.yaml]",
    "extends: spec.yaml", "extends: /dev/zero", "profiles: {p: {model: {layers: {relu: null}}}}",
    "vars: {w: 3, a: $b, b: $a}", "vars: {w: [$w, $w]}", "plugins: [../evil.py, /etc/passwd, os]",
    "blocks: {b: {params: {n: int, r: 2}, inputs: [x, y], layers: [{dense: $n, repeat: $r}]}}",
    "blocks: {b: {layers: [b, b]}}", "    - {b: 3, repeat: 100, name: b, from: previous}",
    "    - b",
    "    - {dense: $i, repeat: 9, when: $i > 1}", "    - {dense: $n, for: {n: [1, 2, x]}}",
    "    - {relu: , for: {n: $w}, when: not $n and 1 < 2}", "    - repeat: 1000000000",
    "    - {residual: [{residual: [relu]}], repeat: 30, weights: shared}",
    "    - {use: e, from: [x, x]}",
    "  shared: {e: [{use: e}]}", "  precision: float16", "  outputs: {a: a, b: previous}",
    "training: {phases: {p: {trains: ['*'], terms: [{value: x}]}}}", "? [a]", "<<: *x", "---",
    "...",
    "%TAG ! tag:yaml.org,2002:python/", "::error file=x::y", "##[command]x", "# kc: ignore",
    "# kc: ignore[KC8, KC804]  # kc: ignore[", "  - - - -", "    - {expression: {formula: 'x*'}}",
    "data: {source: {csv: {path: ../../etc/passwd}}}", "    - {dense: 4, initial: ../../w.h5}",
)  # fmt: skip


@cache
def seeds() -> Sequence[str]:
    """The specs that are changed."""
    files = [path for place in _PLACES for path in sorted(ROOT.glob(place))]
    pages = sorted(ROOT.glob("tests/diagnostics/*.md"))
    shown = [block for page in pages for block in _BLOCK.findall(page.read_text("utf-8"))]
    return [*(path.read_text("utf-8") for path in files), *shown]


def mutant(number: int) -> str:
    """The spec with this number. Of odd ones the values are changed, of even ones the text."""
    random = Random(number)
    if number % 2:
        return _with_other_values(random)
    text = random.choice(seeds())
    for _ in range(random.choice([1, 1, 2, 4])):
        text = random.choice(_CHANGES)(text, random)
    return text


def _with_other_values(random: Random) -> str:
    value = random.choice(_values())
    for _ in range(random.choice([1, 1, 2, 4])):
        value = _edited(value, random)
    # What was repeated is written out: aliases would hide it from the next reader.
    return yaml.dump(value, sort_keys=False, allow_unicode=True, Dumper=_Dumper)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


@cache
def _values() -> Sequence[Any]:
    """The seeds that are whole specs, as lists and maps."""
    trees = [read(SourceText("seed", seed), Report()) for seed in seeds()]
    return [as_json(plain(t)) for t in trees if isinstance(t, MapNode) and t.get("model")]


def as_json(value: object) -> Any:
    """Plain data with lists, as a JSON parser gives them."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _edited(value: Any, random: Random) -> Any:
    """The value with one of its parts replaced, removed, repeated, or with another part more."""
    if isinstance(value, dict | list) and value and random.random() < 0.95:
        copy = value.copy()
        key = random.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
        copy[key] = _edited(copy[key], random)
        return copy
    match random.choice(["replace", "replace", "foreign", "foreign", "key", "item"]):
        case "key" if isinstance(value, dict):
            return {**value, random.choice(_keys()): _foreign(random)}
        case "item" if isinstance(value, list):
            return [*value, {random.choice(_keys()): _foreign(random)}] * random.choice([1, 1, 2])
        case "foreign":
            return _foreign(random)
        case _:
            return random.choice(SCALARS + NUMBERS)


def _foreign(random: Random) -> Any:
    """A part of any spec."""
    value = random.choice(_values())
    while isinstance(value, dict | list) and value and random.random() < 0.75:
        value = random.choice(list(value.values()) if isinstance(value, dict) else value)
    return value


@cache
def _keys() -> Sequence[str]:
    """Keys of items, entries of all families, and their arguments."""
    classes = [cls for known in families().values() for cls in known.values()]
    fields = {name for cls in classes for name in cls.model_fields}
    kinds = {kind for known in families().values() for kind in known}
    return sorted({*RESERVED, *fields, *kinds, *Spec.model_fields, *Training.model_fields})


def _delete(lines: list[str], at: int, random: Random) -> None:
    del lines[at : at + random.choice([1, 1, 2, 5])]


def _duplicate(lines: list[str], at: int, random: Random) -> None:
    count = random.choice([1, 1, 3])
    lines[at:at] = lines[at : at + count] * random.choice([1, 1, 1, 40])


def _swap(lines: list[str], at: int, random: Random) -> None:
    other = random.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _indent(lines: list[str], at: int, random: Random) -> None:
    bare = lines[at].lstrip()
    lines[at] = random.choice(["", " ", "  ", "    ", "\t", " " * 9]) + bare


def _insert(lines: list[str], at: int, random: Random) -> None:
    lines.insert(at, random.choice(LINES))


def _splice(lines: list[str], at: int, random: Random) -> None:
    other = random.choice(seeds()).splitlines() or [""]
    lines[at:] = other[random.randrange(len(other)) :]


def _on_lines(change: Callable[[list[str], int, Random], None]) -> Callable[[str, Random], str]:
    def changed(text: str, random: Random) -> str:
        lines = text.split("\n")
        change(lines, random.randrange(len(lines)), random)
        return "\n".join(lines)

    return changed


def _scalar(text: str, random: Random) -> str:
    found = list(_SCALAR.finditer(text))
    if not found:
        return text
    start, end = random.choice(found).span()
    return text[:start] + random.choice(SCALARS) + text[end:]


def _key(text: str, random: Random) -> str:
    found = list(re.finditer(r"\w+(?=:)", text))
    if not found:
        return text
    start, end = random.choice(found).span()
    key = random.choice(
        [*SCALARS, "name", "from", "repeat", "when", "for", "dense", "kc", "layers"]
    )
    return text[:start] + key + text[end:]


def _characters(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    made = "".join(chr(random.choice([random.randrange(128), random.randrange(0xD800)]))
                   for _ in range(random.randint(1, 5)))  # fmt: skip
    return text[:at] + made + text[at + random.randint(0, 3) :]


def _punctuation(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice("[]{},:-#&*!|>'\"%@`$?\n ") + text[at + 1 :]


_CHANGES: tuple[Callable[[str, Random], str], ...] = (
    *map(_on_lines, (_delete, _duplicate, _swap, _indent, _insert, _insert, _splice)),
    _scalar, _scalar, _scalar, _key, _characters, _punctuation,
)  # fmt: skip

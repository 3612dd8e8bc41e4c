"""What attackers of loaders try, each refused with a code in time: at a limit and one beyond it.

The list is that of ``reliability.md``, section B. Where another module has the test, it is named.

| Attack | Test |
|---|---|
| alias bombs, deep nesting, keys, values, bytes, digits at their limits | source/test_reader.py |
| tags, merge keys, documents, duplicate keys, UTF-16, Latin-1, NUL, escapes, surrogates |
    source/test_reader.py |
| `.inf`, `1e999`, dates, long numbers | source/test_scalars.py |
| towers of powers, nested expressions, long ones | core/test_expression.py |
| variables in circles, doubling, in chains | compose/test_variables.py |
| repeats of repeats, doubling and recursive blocks | compose/test_blocks.py |
| `extends`: `..`, links, devices, pipes, circles, many files | compose/test_extends.py |
| pipes, devices, folders, large files as specs | cli/test_validate.py |
| hostile locks | cli/test_lock.py |
| commands of runners, links, colours in messages | cli/test_formats.py, test_render.py |
| comments of a large text | source/test_comments.py |
| plugins that are not run | library/test_plugins.py |
| long names that resemble each other, long lists, many axes | here |
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from kc.compiler.graph.build import MAX_NODES
from kc.core.types import MAX_RANK
from kc.library.fields import MOST
from kc.schemas.training import MAX_PATTERNS
from tests.hostile.watch import examine


def model(layers: str, *, inputs: str = "x: [4]", rest: str = "", more: str = "") -> str:
    return f"kc: 1\n{rest}model: {{inputs: {{{inputs}}}, layers: [{layers}]{more}}}\n"


def joined(words: Iterable[object]) -> str:
    return ", ".join(map(str, words))


def similar(count: int, seed: int = 0) -> list[str]:
    """Long names of the same letters: nothing tells quickly how near they are to each other."""
    random = Random(seed)
    return ["n" + "".join(random.sample("abcdefghij" * 6, 60)) for _ in range(count)]


NAMES, OTHERS = similar(499), similar(499, seed=1)
ONES = joined([1] * 40_000)
DENSES = joined(f"{{dense: 1, name: r{n}}}" for n in range(MAX_NODES))

ATTACKS = {
    "long names of variables": (
        model(joined(f"dense: ${name}" for name in OTHERS),
              rest=f"vars: {{{joined(f'{name}: 1' for name in NAMES)}}}\n"), "KC201"),
    "long names of parameters": (
        model(f"{{b: {{{joined(f'{name}: 1' for name in OTHERS)}}}}}",
              rest=f"blocks: {{b: {{params: {{{joined(f'{name}: 1' for name in NAMES)}}}, "
              "layers: [relu]}}\n"), "KC101"),
    "long names of outputs": (
        model(joined(f"{{relu: , name: {name}}}" for name in NAMES),
              more=f", outputs: [{joined(OTHERS)}]"), "KC213"),
    "unknown inputs in a large file": (
        model(joined(f"{{relu: , from: q{n}}}" for n in range(499)),
              rest=f"vars: {{v: [{joined(['[1]'] * 40_000)}]}}\n"), "KC210"),
    "a circle of many items": (
        model(joined(f"{{relu: , name: r{n}, from: r{n + 1}}}" for n in range(12_000))), "KC210"),
    "an input of many axes": (model(joined(["relu"] * 5_000), inputs=f"x: [{ONES}]"), "KC301"),
    "a reshape to many axes": (model(f"reshape: [{ONES}]"), "KC301"),
    "many inputs": (model("{relu: , from: i0}", inputs=joined(f"i{n}: [4]" for n in range(30_000))),
                    "KC104"),
    "many outputs": (
        model(DENSES, more=f", outputs: [{joined(f'r{n}' for n in range(MAX_NODES))}]"), "KC104"),
    "many callbacks": (model("dense: 4") + "training: {loss: mean_squared_error, callbacks: "
                       f"[{joined(['progress'] * 40_000)}]}}\n", "KC104"),
    "many patterns of names": (
        model(DENSES) + "training: {phases: {p: {terms: [{value: r0}], trains: "
        f"[{joined(['r*4*'] * 20_000)}]}}}}}}\n", "KC109"),
    "ignores of many codes": (
        model("dense: 4") + f"# kc: ignore[{'KC804,' * 150_000}]\n", "KC808"),
    "many ignores": ("# kc: ignore[KC804]\n" * 49_000 + model("dense: 4"), "KC808"),
    "an endless repeat": (model("{dense: 4, repeat: 1000000000}"), "KC011"),
    "an endless list of units": (model("dense: 1000000000000"), "KC104"),
    "nested repeats": (
        model("{residual: [{residual: [{residual: [{residual: [{relu: , repeat: 1000}], "
              "repeat: 1000}], repeat: 1000}], repeat: 1000}], repeat: 1000}"), "KC011"),
    "a long for": (model(f"{{dense: 4, for: {{n: [{ONES}, {ONES}]}}}}"), "KC011"),
    "a deep expression": (model("dense: " + "-" * 10_000 + "$w", rest="vars: {w: 1}\n"), "KC203"),
    "a deep condition": (model("{relu: , when: " + "not " * 10_000 + "true}"), "KC203"),
    "a huge key": ("k" * 900_000 + ": 1\n", "KC013"),
    "a huge quoted key": (f"? '{'k' * 900_000}'\n: 1\n", "KC013"),
    "a bidi key": (model("dense: 4") + '"\\u202e\\u200b::error::": 1\n', "KC101"),
    "an escape in a name": (model(r'{relu: , name: "\e[31m##[error]"}'), "KC215"),
    "a path as a name": (model("{relu: , name: ../../etc/passwd}"), "KC215"),
    "a plugin outside": (model("dense: 4", rest="plugins: [../../evil.py]\n"), None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), ATTACKS.values(), ids=ATTACKS)
def test_attacks_are_refused_in_time(text, code):
    outcome = examine(text.encode())
    assert outcome.problems == []
    assert code is None or code in outcome.ids


LIMITS = {
    "layers": (lambda n: model(joined(["dropout: 0.1"] * n)), MAX_NODES, "KC305"),
    "repetitions": (lambda n: model(f"{{dense: 4, repeat: {n}}}"), MAX_NODES, "KC305"),
    "axes": (lambda n: model("flatten", inputs=f"x: [{joined([1] * n)}]"), MAX_RANK, "KC301"),
    "inputs": (lambda n: model("{relu: , from: i0}, {add: , from: "
                               f"[{joined(f'i{k}' for k in range(n))}]}}",
                               inputs=joined(f"i{k}: [4]" for k in range(n))), MOST, "KC104"),
    "patterns": (lambda n: model("{dense: 4, name: r}") + "training: {phases: {p: {terms: "
                 f"[{{value: r}}], trains: [{joined(['r'] * n)}]}}}}}}\n", MAX_PATTERNS, "KC109"),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "limit", "code"), LIMITS.values(), ids=LIMITS)
def test_limits_hold_exactly(spec, limit, code):
    at, beyond = examine(spec(limit).encode()), examine(spec(limit + 1).encode())
    assert [*at.problems, *beyond.problems] == []
    assert code not in at.ids
    assert code in beyond.ids

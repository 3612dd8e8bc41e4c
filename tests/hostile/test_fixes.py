"""``kc validate --fix`` on mutants: it mends what it says, keeps the rest, and is done then."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kc.cli import fix
from kc.compiler.pipeline import Options
from kc.compiler.source.comments import comments
from kc.core.diagnostic import CompileError, Diagnostic
from kc.core.fix import Fix
from kc.core.span import SourceText
from tests.hostile.mutants import ROOT, mutant, seeds
from tests.hostile.watch import wrong

BATCH = 150
BATCHES = 20
_WORD = re.compile(r"[a-z][a-z0-9_]{3,}(?=:)|(?<=- )[a-z][a-z0-9_]{3,}$|(?<=: )[a-z_]{4,}$", re.M)
_IGNORES = ("  # kc: ignore[KC804]", "  # kc: ignore[KC804, KC808] why", "  # kept: `units`", "  #")
TYPO = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: {unit: 1}}]}  # kept\n" + "# x\n" * 99


def misspelt(number: int) -> str:
    """A mutant whose words are one letter off, with comments that take nothing back."""
    random = Random(number)
    text = random.choice(seeds()) if number % 4 else mutant(number)
    for _ in range(random.choice([1, 2, 4])):
        if found := list(_WORD.finditer(text)):
            start, end = random.choice(found).span()
            text = text[:start] + _one_off(text[start:end], random) + text[end:]
    lines = text.split("\n")
    for _ in range(random.choice([0, 1, 3])):
        lines[random.randrange(len(lines))] += random.choice(_IGNORES)
    return random.choice(["\n", "\n", "\r\n"]).join(lines)


def _one_off(word: str, random: Random) -> str:
    at = random.randrange(len(word))
    letter = random.choice("abcdefghijklmnopqrstuvwxyz_")
    return random.choice([word[:at] + word[at + 1 :], word[:at] + letter + word[at:],
                          word[:at] + letter + word[at + 1 :]])  # fmt: skip


def problems(path: Path, folder: Path) -> Iterator[str]:
    options = Options(folder=folder)
    before = path.read_bytes()
    mended = fix.mend(str(path), options)
    if mended is None:
        return
    if not mended.lines:
        if mended.after.text != mended.before.text:
            yield "changed, and nothing said about it"
        return
    fix.save(str(path), mended)
    left = fix.findings(mended.after, str(path), options)
    yield from wrong(left)
    if len(mended.lines) < fix.MOST_ROUNDS and any(_is_safe(found, path) for found in left):
        yield f"a fix is left: {[found.message for found in left if _is_safe(found, path)]}"
    again = fix.mend(str(path), options)
    if again is None or (again.lines and len(mended.lines) < fix.MOST_ROUNDS):
        yield "fixing again does something"
    after = path.read_bytes()
    if after != mended.after.text.encode():
        yield "other bytes than the text's"
    gone, ends = (before.count(end) - after.count(end) for end in (b"\n", b"\r\n"))
    # A comment that stands alone goes with its line, and with nothing else.
    if not 0 <= gone <= sum("remove the comment" in line for line in mended.lines):
        yield f"{gone} lines are gone: {mended.lines}"
    if ends != (gone if b"\r\n" in before else 0):
        yield "other ends of lines"
    yield from (f"lost {text!r}" for text in _kept(mended.before) - _kept(mended.after))


def _is_safe(found: Diagnostic, path: Path) -> bool:
    made: Fix | None = found.fix
    return (
        made is not None and made.safe and all(e.span.source.name == str(path) for e in made.edits)
    )


def _kept(source: SourceText) -> Counter[str]:
    """All comments but those of warnings, which a fix may take away."""
    return Counter(c.text for c in comments(source) if not c.text.startswith("# kc: ignore"))


@pytest.mark.parametrize(
    "batch", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, BATCHES + 1))]
)
def test_mutants_are_mended_once_and_for_all(batch, tmp_path):
    found: dict[int, list[str]] = {}
    (tmp_path / "base.yaml").write_text("model: {layers: [{dense: 4, name: head}]}")
    path, fixed = tmp_path / "spec.yaml", 0
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        text = misspelt(number).encode("utf-8", "surrogatepass")
        path.write_bytes(text)
        try:
            if here := list(problems(path, tmp_path)):
                found[number] = here[:5]
        except CompileError as error:
            found[number] = [f"left with {error}"]
        fixed += path.read_bytes() != text
        assert [file.name for file in sorted(tmp_path.iterdir())] == ["base.yaml", "spec.yaml"]
    assert not found, json.dumps(found, indent=1)
    assert fixed > BATCH // 4


NO_ROOM = """
import resource, sys
from kc.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
sys.argv = ["kc", "validate", "--fix", sys.argv[1]]
main()
"""


def test_a_file_that_cannot_be_written_whole_stays_as_it_is(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(TYPO)
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(path)], cwd=ROOT, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == TYPO
    assert list(tmp_path.iterdir()) == [path]

"""How many tokens a spec takes, and Keras code for the same work: ``docs/compactness.md``.

Each pair in ``benchmarks/compactness`` does the same: data, model, compile, fit. One lexer counts
both: a word or a number is a token, so is each other character; comments and blanks count nothing.

    python benchmarks/compactness.py                     # the table
    python benchmarks/compactness.py --docs docs/compactness.md
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NamedTuple

PAIRS = Path(__file__).parent / "compactness"
GOAL = 0.6
TITLES = {
    "mlp": "A multilayer perceptron with early stopping",
    "convnet": "A convolutional network with augmentation, a schedule and the best checkpoint",
    "table": "A table with fitted normalization, class weights and clipping",
    "siamese": "Two inputs that share an encoder",
    "two_tasks": "Two outputs with weighted losses",
    "resnet": "A residual network of blocks",
    "text": "Raw text with a fitted vocabulary and a bidirectional LSTM",
    "gpt": "A decoder of repeated blocks",
    "autoencoder": "A variational autoencoder",
    "adversarial": "An adversarial pair with two optimizers",
}
_TOKEN = re.compile(r"[A-Za-z0-9_]+|[^\sA-Za-z0-9_]")
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
HEAD = """\
# Compactness

Ten models as a spec and as Keras 3 code for the same work: data, model, compile, fit. A word or a
number is a token, so is each other character; comments count nothing. The page is printed by
`python benchmarks/compactness.py --docs docs/compactness.md`; a test holds it fresh, checks every
spec, and holds each ratio to at most 0.6.

"""


class Pair(NamedTuple):
    """One model in both forms."""

    name: str
    spec: str
    code: str

    @property
    def counts(self) -> tuple[int, int]:
        return tokens(self.spec), tokens(self.code)

    @property
    def ratio(self) -> float:
        spec, code = self.counts
        return spec / code


def tokens(text: str) -> int:
    """Words, numbers and other characters outside of comments."""
    return len(_TOKEN.findall(_COMMENT.sub("", text)))


def pairs() -> list[Pair]:
    return [
        Pair(name, (PAIRS / f"{name}.yaml").read_text(), (PAIRS / f"{name}.py").read_text())
        for name in TITLES
    ]


def table() -> str:
    lines = ["| model | kc | Keras | ratio |", "|---|---|---|---|"]
    for pair in pairs():
        spec, code = pair.counts
        lines.append(f"| {TITLES[pair.name]} | {spec} | {code} | {pair.ratio:.2f} |")
    spec, code = (sum(pair.counts[n] for pair in pairs()) for n in (0, 1))
    return "\n".join([*lines, f"| all | {spec} | {code} | {spec / code:.2f} |"]) + "\n"


def page() -> str:
    shown = (
        f"\n## {TITLES[pair.name]}\n\n```yaml\n{pair.spec}```\n\n```python\n{pair.code}```\n"
        for pair in pairs()
    )
    return "".join([HEAD, table(), *shown])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--docs", type=Path, help="write the page with all sources there")
    arguments = parser.parse_args()
    if arguments.docs:
        arguments.docs.write_text(page())
    print(table(), end="")


if __name__ == "__main__":
    main()

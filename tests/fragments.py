"""Examples of codes as whole specs.

A fragment says only what matters. Its items are layers of the model; its keys belong to the spec,
its `model` or its `training`, whichever has them; and what a spec needs besides is filled in:
an input `x` of four numbers, a dense layer, the mean squared error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from kc.schemas.model import Model
from kc.schemas.spec import Spec
from kc.schemas.training import Training

BASE = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 8, name: head}, {dense: 1}]}\n"
"""The file that a fragment extends, where it brings none."""
MODEL = {"inputs": "inputs: {x: [4]}", "layers": "layers: [{dense: 1}]"}
TRAINING = {"loss": "loss: mean_squared_error"}
COMPOSED = {"extends", "blocks", "profiles"}
"""Keys of a spec that composition resolves."""
_FILE = re.compile(r"^# (?P<name>\w+\.yaml)\n", re.MULTILINE)


def files(fragment: str, *, as_written: bool = False) -> Mapping[str, str]:
    """Texts by the names of their files; the first one is to be checked.

    A comment that is the name of a file begins it.
    """
    _, *named = _FILE.split(fragment if _FILE.match(fragment) else f"# spec.yaml\n{fragment}")
    texts = dict(zip(named[::2], named[1::2], strict=True))
    if not as_written:
        texts = {name: complete(text) for name, text in texts.items()}
    return {**texts, "base.yaml": texts.get("base.yaml", BASE)}


def complete(fragment: str) -> str:
    """A fragment with all that a spec needs besides."""
    chunks = {name: "\n".join(lines) for name, lines in _chunks(fragment).items()}
    sections = {"kc": "kc: 1", **_known(chunks, {*Spec.model_fields, *COMPOSED})}
    if "extends" not in chunks:
        own = _known(chunks, Model.model_fields)
        sections.setdefault("model", _section({**MODEL, **own}, "model"))
    if own := _known(chunks, Training.model_fields):
        minimal = TRAINING if own.keys().isdisjoint({"loss", "terms", "phases"}) else {}
        sections.setdefault("training", _section({**minimal, **own}, "training"))
    return "".join(f"{text}\n" for text in sections.values())


def _known(chunks: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in chunks.items() if name in names}


def _section(parts: Mapping[str, str], name: str) -> str:
    lines = "\n".join(parts.values()).split("\n")
    return "\n".join([f"{name}:", *(f"  {line}" for line in lines)])


def _chunks(fragment: str) -> Mapping[str, list[str]]:
    """Lines by the key that they belong to; those of all items belong to `layers`."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in fragment.splitlines():
        if line.startswith("- "):
            key = "layers"
            found.setdefault(key, ["layers:"])
        elif not line.startswith((" ", "#")):
            key = line.partition(":")[0]
        if not line.startswith("#"):
            found.setdefault(key, []).append(f"  {line}" if line.startswith("- ") else line)
    return found

"""A spec for folders of texts: the average of trained vectors of their words."""

from __future__ import annotations

from pathlib import Path

from kc.cli.drafts.columns import look
from kc.cli.drafts.draft import Draft, Task, spec_text, written
from kc.cli.drafts.table import text_layers
from kc.core import codes
from kc.core.data import DataError
from kc.core.text import count, listing
from kc.library.sources.text_folder import TextFiles, TextFolder

_LOOKED = 200


def draft_texts(folder: Path, path: str) -> Draft:
    """A spec that tells the classes of texts apart.

    Raises:
        DataError: when there are none, or they cannot be read.
    """
    import numpy as np

    rows = TextFolder(path=path).open(folder)
    assert isinstance(rows, TextFiles)
    classes = rows.found.classes
    if classes is None or len(classes) < 2:
        raise DataError(
            codes.DATA_FILE,
            f"the texts in `{path}` lie in no folders of classes",
            f"make a folder for each class: `{path}/good/1.txt`",
        )
    sample = np.arange(0, len(rows), -(-len(rows) // _LOOKED))
    length = look("text", rows.read(sample).inputs["text"].tolist()).length
    task = Task("class", len(classes))
    steps, layers = text_layers("text", length)
    spec = spec_text(
        path,
        f"Tells {count(len(classes), 'kind')} of texts in {path} apart.",
        task,
        len(rows),
        epochs=50,
        data=[
            f"source: {{text_folder: {written(path)}}}",
            task.split,
            "preprocess:  # the vocabulary is found in the training examples",
            f"  text: {steps}",
        ],
        model=[
            "inputs:",
            "  text: {shape: [], dtype: string}",
            "layers:",
            *(f"  {line}" for line in layers),
            "  - dropout: 0.3",
            "  - dense: {units: 32, activation: relu}",
            *(f"  {line}" for line in task.head),
        ],
    )
    seen = f"{count(len(rows), 'text')}, most up to {length} words, in folders: {listing(classes)}"
    return Draft(spec, [seen, str(task)])

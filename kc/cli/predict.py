"""``kc predict``: outputs of a trained model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kc.cli import render
from kc.cli.evaluate import Part
from kc.cli.options import AllowPlugins, Device, Overrides, Profiles, Root, changes, write

if TYPE_CHECKING:
    import numpy as np

    from kc.cli.targets import Target
    from kc.compiler.plan.plan import Plan
    from kc.core.data import Examples
    from kc.library.table import Table

_SUFFIXES = (".npz", ".csv", ".jsonl")


def predict(
    target: Annotated[
        str,
        typer.Argument(metavar="SPEC|RUN|MODEL", help="What was trained: a spec, a run, a file."),
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", metavar="PATH", help="Inputs: npz, csv, jsonl, parquet, a folder."
        ),
    ] = None,
    part: Annotated[
        Part | None, typer.Option(help="Examples of the spec to predict; test by default.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="An npz, csv or jsonl file to write."),
    ] = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    device: Device = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Compute the outputs of a trained model, for a file of inputs or for examples of its spec.

    Inputs are raw, as in the spec's data: preprocessing is part of the model. Without --output, CSV
    goes to the standard output.

    \b
    Examples:
      kc predict runs/digits-20260131-094500 -o digits.npz
      kc predict model.h5 --input new.csv -o scores.csv
      kc predict spec.yaml --part validation | head
    """
    import numpy as np

    from kc.cli.targets import trained
    from kc.compiler.plan.execution import Execution
    from kc.runtime.data.host import on_host
    from kc.runtime.fitting import recalled
    from kc.runtime.model_file import load_state, read_spec
    from kc.runtime.predict import predict as outputs_of

    if output is not None and output.suffix not in _SUFFIXES:
        raise render.usage_error(f"cannot write `{output.suffix}` files", "use npz, csv or jsonl")
    found, weights = trained(target, allow_plugins)
    plan = recalled(found.compile(changes(overrides, profiles, root), device), read_spec(weights))
    plan.compiled.need_fitted()
    execution = Execution(plan)
    state = load_state(weights, execution)
    outputs = [
        outputs_of(execution, state, on_host(plan.model, chunk), plan.batch_size)
        for chunk in _inputs(plan, found, source, part)
    ]
    _write({name: np.concatenate([own[name] for own in outputs]) for name in outputs[0]}, output)


def _inputs(
    plan: Plan, found: Target, source: Path | None, part: Part | None
) -> Iterator[Examples]:
    """The examples to predict for, some after another where they are streamed."""
    from kc.runtime.data.drawn import prepare_inputs
    from kc.runtime.data.job import examples
    from kc.runtime.data.place import placed
    from kc.runtime.data.stream import chunks

    if source is None:
        data = examples(plan, found.folder)
        name = part or ("test" if data.test is not None else "train")
        chosen = getattr(data, name)
        if chosen is None:
            raise render.usage_error(f"the spec splits off no {name} examples")
        for chunk in chunks(chosen):
            yield placed(partial(prepare_inputs, plan, chunk))
        return
    yield placed(lambda: prepare_inputs(plan, _read(plan, source)))


def _read(plan: Plan, path: Path) -> Examples:
    """The examples of a file or folder; raw, as in the spec's data."""
    from kc.library.sources.image_folder import ImageFolder
    from kc.library.sources.npz import Npz
    from kc.library.sources.text_folder import TextFolder

    if not path.exists():
        raise render.usage_error(f"there is no file {path}")
    own = plan.data.source if plan.data else None
    if path.is_dir():
        if not isinstance(own, ImageFolder | TextFolder):
            raise render.usage_error(f"`{path}` is a folder, and the source of the spec reads none")
        return own.model_copy(update={"path": path.name}).load(path.parent)
    if path.suffix == ".npz":
        return Npz(path=path.name).load(path.parent)
    return _table(plan, path.suffix).load_inputs(path.parent, path.name)


def _table(plan: Plan, suffix: str) -> Table:
    """How a table of inputs is read: with the columns of the spec's own, if it has one."""
    from kc.library.sources.csv import Csv
    from kc.library.sources.jsonl import Jsonl
    from kc.library.sources.parquet import Parquet
    from kc.library.table import Table

    formats: dict[str, type[Table]] = {".csv": Csv, ".jsonl": Jsonl, ".parquet": Parquet}
    if suffix not in formats:
        raise render.usage_error(
            f"cannot read `{suffix}` files", "use npz, csv, jsonl, parquet, or a folder of images"
        )
    own = plan.data.source if plan.data else None
    if isinstance(own, formats[suffix]):
        return own
    if isinstance(own, Table):
        return formats[suffix](**{name: getattr(own, name) for name in Table.model_fields})
    texts = tuple(name for name, kind in plan.model.given.items() if kind.is_text)
    return formats[suffix](path="-", text=texts or None)


def _write(outputs: Mapping[str, np.ndarray], output: Path | None) -> None:
    if output is not None and output.suffix == ".npz":
        import numpy as np

        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **outputs)
        write(buffer.getvalue(), output)
        return
    rows = _rows(outputs)
    if output is not None and output.suffix == ".jsonl":
        write("".join(json.dumps(row) + "\n" for row in rows), output)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        flat = {k: v for name, value in row.items() for k, v in _columns(name, value)}
        if number == 0:
            writer.writerow(flat)
        writer.writerow(flat.values())
    write(text.getvalue(), output)


def _rows(outputs: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    names = list(outputs)
    values = [_shortest(array) for array in outputs.values()]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _shortest(array: np.ndarray) -> list[Any]:
    """Nested lists of numbers that are written in as few digits as their type holds."""
    import numpy as np

    flat = [float(str(value)) for value in array.ravel()]
    return np.array(flat).reshape(array.shape).tolist()


def _columns(name: str, value: Any) -> list[tuple[str, Any]]:
    """A column for each number of an output: ``name[0]``, ``name[1]``."""
    if not isinstance(value, list):
        return [(name, value)]
    if len(value) == 1 and not isinstance(value[0], list):
        return [(name, value[0])]
    return [pair for i, inner in enumerate(value) for pair in _columns(f"{name}[{i}]", inner)]

"""``kc predict``: outputs of a trained model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
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
    from kc.library.sources.csv import Csv

_SUFFIXES = (".npz", ".csv", ".jsonl")


def predict(
    target: Annotated[
        str,
        typer.Argument(metavar="SPEC|RUN|MODEL", help="What was trained: a spec, a run, a file."),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--input", "-i", metavar="FILE", help="An npz or csv file with the inputs."),
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
    examples = _inputs(plan, found, source, part)
    execution, ready = Execution(plan), on_host(plan.model, examples)
    outputs = outputs_of(execution, load_state(weights, execution), ready, plan.batch_size)
    _write(outputs, output)


def _inputs(plan: Plan, found: Target, source: Path | None, part: Part | None) -> Examples:
    from kc.library.sources.npz import Npz
    from kc.runtime.data.drawn import prepare_inputs
    from kc.runtime.data.job import examples, placed

    if source is None:
        data = examples(plan, found.folder)
        name = part or ("test" if data.test is not None else "train")
        chosen = getattr(data, name)
        if chosen is None:
            raise render.usage_error(f"the spec splits off no {name} examples")
        return placed(lambda: prepare_inputs(plan, chosen))
    if not source.is_file():
        raise render.usage_error(f"there is no file {source}")
    if source.suffix not in {".npz", ".csv"}:
        raise render.usage_error(f"cannot read `{source.suffix}` files", "use npz or csv")

    def read() -> Examples:
        if source.suffix == ".npz":
            return Npz(path=source.name).load(source.parent)
        return _table(plan).load_inputs(source.parent, source.name)

    return placed(lambda: prepare_inputs(plan, read()))


def _table(plan: Plan) -> Csv:
    """How a table of inputs is read: as that of the spec, if it has one."""
    from kc.library.sources.csv import Csv

    own = plan.data.source if plan.data else None
    if isinstance(own, Csv):
        return own
    texts = tuple(name for name, kind in plan.model.given.items() if kind.is_text)
    return Csv(path="-", text=texts or None)


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

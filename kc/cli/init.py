"""``kc init``: a commented spec to start from."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from kc.cli import render
from kc.core.text import did_you_mean

TEMPLATES = {
    "digits_mlp": "a small dense network for handwritten digits; trains in seconds",
    "digits_convnet": "a convolutional network for the same digits",
    "two_inputs": "two inputs, a shared encoder and a merging layer",
    "tabular_csv": "numbers of a CSV file, normalised, with early stopping",
}
_DEFAULT = "digits_mlp"


def init(
    template: Annotated[
        str | None,
        typer.Argument(
            metavar="TEMPLATE", help=f"One of {', '.join(TEMPLATES)}.", show_default=_DEFAULT
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")
    ] = Path("spec.yaml"),
    data: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="Data to write a spec for: a table, an npz file, or folders of images or "
            "texts named after classes.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="With --from, the column or array to predict."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    list_templates: Annotated[
        bool, typer.Option("--list", help="List the templates, and write nothing.")
    ] = False,
) -> None:
    """Write a commented spec to start from.

    \b
    Examples:
      kc init
      kc init digits_convnet -o digits.yaml
      kc init --from table.csv --target price
      kc init --from photos
      kc init --list
    """
    if list_templates:
        for name, what in TEMPLATES.items():
            print(f"{name:16} {what}")
        return
    if data is not None:
        if template is not None:
            raise render.usage_error("a template and `--from` exclude each other")
        _for_data(data, output, target, force)
        return
    if target is not None:
        raise render.usage_error("`--target` names a column of what `--from` names")
    template = template or _DEFAULT
    if template not in TEMPLATES:
        raise render.usage_error(
            f"there is no template `{template}`", did_you_mean(template, TEMPLATES)
        )
    _write(template_text(template), output, force)
    _next(TEMPLATES[template], output)


def _for_data(data: Path, output: Path, target: str | None, force: bool) -> None:
    from kc.cli.drafts.source import draft
    from kc.runtime.data.place import placed

    folder = output.parent.resolve()
    try:
        path = data.resolve().relative_to(folder).as_posix()
    except ValueError:
        raise render.usage_error(
            f"`{data}` lies outside of the folder of `{output}`",
            "write the spec beside the data or above it: `-o FOLDER/spec.yaml`",
        ) from None
    found = placed(lambda: draft(folder, path, target))
    _write(found.spec, output, force)
    for note in found.notes:
        print(note, file=sys.stderr)
    _next(f"for {data}", output)


def _write(text: str, output: Path, force: bool) -> None:
    try:
        # Mode `x` leaves no moment between looking and writing.
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise render.usage_error(
            f"`{output}` exists", "write another file with `-o`, or overwrite it with `--force`"
        ) from None
    except OSError as error:
        raise render.usage_error(f"cannot write `{output}`: {error.strerror}") from None


def template_text(template: str) -> str:
    """The text of a template."""
    return files("kc.cli").joinpath("templates", f"{template}.yaml").read_text(encoding="utf-8")


def _next(what: str, output: Path) -> None:
    print(f"wrote {output}: {what}", file=sys.stderr)
    print("next:", file=sys.stderr)
    for command, what in {
        f"kc validate {output}": "check it",
        f"kc summary {output}": "see layers, shapes and parameters",
        f"kc train {output}": "train it",
        "kc explain layers": "see which layers there are",
    }.items():
        print(f"  {command:32} {what}", file=sys.stderr)

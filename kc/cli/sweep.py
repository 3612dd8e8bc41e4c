"""``kc sweep``: a search for good settings, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from kc.cli import render
from kc.cli.options import Device, Output, Overrides, Profiles, Root, changes, write

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a sweep.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")]
_RUN = "run"


class _Commands(TyperGroup):
    """What is none of the commands is a spec: ``kc sweep spec.yaml`` runs it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


sweep = typer.Typer(
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="""Search for good settings: the section `sweep` of a spec says which, and what for.

    `kc sweep SPEC` is short for `kc sweep run SPEC`, which has the options.

    \b
    Examples:
      kc sweep spec.yaml --trials 100
      kc sweep runs/digits-sweep-20260131-094500 --resume
      kc sweep show runs/digits-sweep-20260131-094500 --html sweep.html
    """,
)


@sweep.command(_RUN)
def run(
    target: Annotated[
        str, typer.Argument(metavar="SPEC|RUN", help="A spec, or a sweep's folder with --resume.")
    ],
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the trials that are left.")
    ] = False,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Short for `--set sweep.trials=N`.")
    ] = None,
    run_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the sweep; `runs/NAME-sweep-TIME` by default."),
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit/--no-refit", help="Train the best trial again, alone.")
    ] = True,
    device: Device = None,
    quiet: Quiet = False,
) -> None:
    """Run the trials of a sweep, then train the best one again, alone.

    The folder holds the spec, a journal that several processes share, and a folder for each trial.
    A process may be killed at any moment: `--resume` runs what was left undone, with the same
    values.

    \b
    Examples:
      kc sweep spec.yaml
      kc sweep spec.yaml --trials 100 --set sweep.sampler=random
      kc sweep runs/digits-sweep-20260131-094500 --resume
      kc sweep worker runs/digits-sweep-20260131-094500    # in another shell

    Exit code 0: all trials ran. 1: the spec or its space holds errors. 5: some trials failed.
    130: interrupted.
    """
    from kc.cli import sweep_job

    given = [*(overrides or ()), *([] if trials is None else [f"sweep.trials={trials}"])]
    options = changes(given, profiles, root)
    raise typer.Exit(sweep_job.head(target, options, run_dir, device, resume, refit, quiet))


@sweep.command()
def worker(folder: Folder, device: Device = None, quiet: Quiet = False) -> None:
    """Join a sweep: run some of its trials, in another shell.

    \b
    Example:
      kc sweep worker runs/digits-sweep-20260131-094500

    Exit code 0: no trial is left. 5: some failed. 130: interrupted.
    """
    from kc.cli import sweep_job

    raise typer.Exit(sweep_job.join(folder, device, quiet))


@sweep.command()
def show(
    folder: Folder,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the trials: a page of its own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Rank the trials of a sweep, and tell which settings mattered.

    \b
    Examples:
      kc sweep show runs/digits-sweep-20260131-094500
      kc sweep show runs/digits-sweep-20260131-094500 --html sweep.html
      kc sweep show runs/digits-sweep-20260131-094500 --csv > trials.csv
    """
    from kc.cli import sweep_show

    sweep_show.show(folder, html, as_json, as_csv)


@sweep.command()
def best(
    folder: Folder,
    trial: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Another trial than the best.")
    ] = None,
    output: Output = None,
) -> None:
    """Write the spec of the best trial.

    It is the spec of the sweep with the best values, comments kept; where a value cannot be put
    into its text, it is the resolved spec.

    \b
    Example:
      kc sweep best runs/digits-sweep-20260131-094500 -o best.yaml
    """
    from kc.cli import sweep_show

    write(sweep_show.best_spec(folder, trial), output)


@sweep.command()
def diff(
    folder: Folder,
    first: Annotated[int, typer.Argument(min=0, metavar="A", help="Number of a trial.")],
    second: Annotated[int, typer.Argument(min=0, metavar="B", help="Number of another one.")],
) -> None:
    """Show in which settings two trials differ, and their results side by side.

    \b
    Example:
      kc sweep diff runs/digits-sweep-20260131-094500 3 17
    """
    from kc.cli.runs import compare
    from kc.sweep.folder import SweepFolder

    found = SweepFolder.open(folder)
    for number in (first, second):
        if not (found.trial(number) / "lock.json").exists():
            raise render.usage_error(
                f"trial {number} has left nothing", f"`kc sweep show {folder}` lists the trials"
            )
    compare([found.trial(first), found.trial(second)])

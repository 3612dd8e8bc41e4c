"""The command line: finds the command, and turns whatever goes wrong into words and an exit code.

Each command is a function of the same name in a module of the same name, or a ``typer.Typer`` with
commands below it. Modules are imported when their command runs, so that ``kc validate`` waits for
nothing that it does not use.
"""

from __future__ import annotations

import gc
import importlib
import io
import keyword
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import kc
from kc.cli import render
from kc.core.diagnostic import CompileError

COMMANDS = (
    "init",
    "validate",
    "lock",
    "explain",
    "plan",
    "train",
    "sweep",
    "evaluate",
    "predict",
    "report",
    "runs",
    "summary",
    "generate",
    "import",
    "export",
    "schema",
)


class _Commands(TyperGroup):
    """Commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        if cmd_name in self.commands:
            return self.commands[cmd_name]  # pyright: ignore[reportReturnType]
        if cmd_name not in COMMANDS:
            # The group looks among the commands it knows for a near miss.
            for name in COMMANDS:
                self.get_command(ctx, name)
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"kc.cli.{name}")
        own = getattr(module, name)
        if not isinstance(own, typer.Typer):
            own = typer.Typer(add_completion=False, rich_markup_mode=None)
            own.command(cmd_name)(getattr(module, name))
        command = typer.main.get_command(own)
        self.add_command(command)
        return command  # pyright: ignore[reportReturnType]


app = typer.Typer(
    name="kc",
    cls=_Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kc {kc.__version__}")
        raise typer.Exit


@app.callback()
def _kc(  # pyright: ignore[reportUnusedFunction]
    show_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show Python's traceback of an internal error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A declarative model compiler: a YAML spec is checked, compiled to JAX and trained.

    Begin with `kc init`, then `kc validate spec.yaml` and `kc train spec.yaml`.

    Exit codes: 0 clean, 1 findings, 2 usage or unreadable file, 3 internal error, 4 the run failed,
    5 trials of a sweep failed, 130 interrupted.
    """
    gc.freeze()
    gc.enable()
    if show_traceback:
        os.environ["KC_TRACEBACK"] = "1"


def main() -> None:
    """Run ``kc`` with the arguments of this process, and leave with its exit code."""
    _start_fast()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What an old terminal cannot show is printed as its number.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _start_fast() -> None:
    # Pydantic would ask every installed package for plugins of its own, and run them.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What is made while starting stays to the end: a tenth of the time would go into finding no
    # garbage in it. A command collects again.
    gc.disable()


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    try:
        typer.main.get_command(app).main(args=list(arguments), prog_name="kc")
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 0
    except CompileError as error:
        render.show(error.report)
        return render.exit_code(error.report)
    except KeyboardInterrupt:
        return render.ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output, as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return render.ExitCode.CLEAN
    except Exception as error:  # noqa: BLE001  # no user sees a traceback unasked
        if os.environ.get("KC_TRACEBACK"):
            traceback.print_exc()
        return render.internal_error(error)
    return render.ExitCode.CLEAN

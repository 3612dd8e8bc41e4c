"""``kc import``: a model of another library as a spec, with its weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kc.cli import render
from kc.cli.options import AllowPlugins, folder_of, read_spec
from kc.core.diagnostic import Report

if TYPE_CHECKING:
    from kc.compiler.lower.compiled import Compiled
    from kc.compiler.plan.execution import TrainState
    from kc.compiler.plan.plan import Plan
    from kc.interop.foreign import Foreign
    from kc.interop.keras.weights import Weights


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A .keras, .h5, .json or .weights.h5 of Keras, or .safetensors."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The spec; weights go beside it."),
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The model of a file that holds weights alone."),
    ] = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Read a model of Keras, or weights for a spec. Nothing in the file is run.

    Writes a spec, and a model with the weights that `kc predict`, `kc train` and `kc.load` read. A
    file of weights alone needs the spec that they belong to.

    \b
    Examples:
      kc import model.keras -o spec.yaml                       # and spec.h5
      kc import model.json -o spec.yaml
      kc import model.weights.h5 --spec spec.yaml -o model.h5
      kc import model.safetensors --spec spec.yaml -o model.h5
    """
    from kc.interop import foreign

    found = foreign.describe(file)
    if found.config is None:
        _weights_alone(found, spec, output or file.with_suffix(".model.h5"), allow_plugins)
    else:
        if spec is not None:
            raise render.usage_error(f"{file} holds its own model", "leave `--spec` out")
        _model(found, output or Path(file.stem).with_suffix(".yaml"))


def _model(file: Foreign, output: Path) -> None:
    from kc.cli.options import write
    from kc.compiler.pipeline import compile
    from kc.compiler.source.reader import decode
    from kc.interop.keras.read import read_model, read_optimizer, read_weights
    from kc.runtime.run_folder import to_yaml

    model_file = output.with_suffix(".h5")
    if file.has_weights and model_file.resolve() == file.path.resolve():
        raise render.usage_error(f"the weights would replace {file.path}", "choose another `-o`")
    report = Report()
    imported = read_model(file, report)
    text = to_yaml(imported.spec)
    compiled = compile(decode(str(output), text.encode()), (), report)
    if not file.has_weights:
        render.show(report)
        write(text, output)
        return
    ready, state = _state(compiled, read_weights(imported, compiled.graph))
    if found := read_optimizer(imported, compiled, state.optimizer, report):
        state = state._replace(optimizer=found[0], step=state.step + found[1])
    render.show(report)
    write(text, output)
    _save(ready, state, model_file)


def _weights_alone(file: Foreign, spec: str | None, output: Path, allow_plugins: bool) -> None:
    from kc.compiler.pipeline import Options, compile
    from kc.interop import tensors
    from kc.interop.keras.read import read_weights_for

    if spec is None:
        raise render.usage_error(f"{file.path} holds weights and no model", "add `--spec SPEC`")
    report = Report()
    folder = folder_of(spec)
    plugins = folder if allow_plugins else None
    compiled = compile(read_spec(spec), Options(folder=folder), report, plugins)
    render.show(report)
    if file.format == "safetensors":
        weights = tensors.read(file, compiled.program)
    else:
        weights = read_weights_for(file, compiled.graph)
    _save(*_state(compiled, weights), output)


def _state(compiled: Compiled, weights: Weights) -> tuple[Plan, TrainState]:
    """A model with these weights, whose optimizer has not begun."""
    import jax

    from kc.compiler.plan.execution import Execution
    from kc.compiler.plan.plan import plan
    from kc.runtime.device import set_up

    set_up()
    ready = plan(compiled)
    state = jax.device_get(Execution(ready).fresh_state())
    params, layers = _merged(state.params, weights.params), _merged(state.layers, weights.state)
    return ready, state._replace(params=params, layers=layers)


def _save(ready: Plan, state: TrainState, output: Path) -> None:
    import sys

    from kc.runtime import model_file

    try:
        model_file.save(output, ready, state)
    except OSError as error:
        raise render.usage_error(f"cannot write `{output}`: {error.strerror}") from None
    print(f"wrote {output}", file=sys.stderr)


def _merged(fresh: dict[str, dict[str, object]], found: object) -> dict[str, dict[str, object]]:
    given: dict[str, dict[str, object]] = found  # pyright: ignore[reportAssignmentType]
    return {scope: {**named, **given.get(scope, {})} for scope, named in fresh.items()}

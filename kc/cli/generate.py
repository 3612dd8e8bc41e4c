"""``kc generate``: the model as plain Python."""

from __future__ import annotations

from kc.cli import render
from kc.cli.options import (
    AllowPlugins,
    Output,
    Overrides,
    Profiles,
    Root,
    SpecPath,
    changes,
    compile_spec,
    write,
)


def generate(
    spec: SpecPath,
    output: Output = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Print the model as Python that needs JAX and optax, but not kc.

    It computes exactly what `kc train` runs.

    \b
    Examples:
      kc generate spec.yaml
      kc generate spec.yaml -o model.py
    """
    from kc.emit.names import EmitError
    from kc.emit.python import to_python

    compiled = compile_spec(spec, changes(overrides, profiles, root), allow_plugins)
    try:
        text = to_python(compiled)
    except EmitError as error:
        if not compiled.spec.plugins:
            raise
        raise render.usage_error(
            str(error), "`kc explain KC111` says what can be printed"
        ) from None
    write(text.rstrip("\n") + "\n", output)

"""``kc summary``: the model as a table."""

from __future__ import annotations

import shutil

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


def summary(
    spec: SpecPath,
    output: Output = None,
    overrides: Overrides = None,
    profiles: Profiles = None,
    root: Root = None,
    allow_plugins: AllowPlugins = False,
) -> None:
    """Print the model as a table: layers, shapes, parameters, work.

    \b
    Examples:
      kc summary spec.yaml
      kc summary spec.yaml --set vars.width=128
    """
    from kc.emit.summary import summary_text

    compiled = compile_spec(spec, changes(overrides, profiles, root), allow_plugins)
    width = shutil.get_terminal_size((100, 24)).columns
    write(summary_text(compiled, width).rstrip("\n") + "\n", output)

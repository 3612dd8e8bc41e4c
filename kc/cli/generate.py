"""``kc generate``: the model as plain Python."""

from __future__ import annotations

from kc.cli.options import Output, Overrides, SpecPath, compile_spec, write


def generate(spec: SpecPath, output: Output = None, overrides: Overrides = None) -> None:
    """Print the model as Python that needs JAX and optax, but not kc.

    It computes exactly what `kc train` runs.

    \b
    Examples:
      kc generate spec.yaml
      kc generate spec.yaml -o model.py
    """
    from kc.emit.python import to_python

    write(to_python(compile_spec(spec, overrides)).rstrip("\n") + "\n", output)

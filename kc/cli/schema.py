"""``kc schema``: what a spec may hold, for editors and other tools."""

from __future__ import annotations

from kc.cli.options import Output, write


def schema(output: Output = None) -> None:
    """Print the JSON Schema of specs: completion and checks in an editor.

    \b
    Examples:
      kc schema
      kc schema -o kc.schema.json
    Then, as the first line of a spec:
      # yaml-language-server: $schema=kc.schema.json
    """
    from kc.schemas.json_schema import schema_text

    write(schema_text(), output)

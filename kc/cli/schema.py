"""``kc schema``: what a spec may hold, for editors and other tools."""

from __future__ import annotations

from kc.cli.options import AllowPlugins, Output, Plugins, use_plugins, write


def schema(
    output: Output = None, plugins: Plugins = None, allow_plugins: AllowPlugins = False
) -> None:
    """Print the JSON Schema of specs: completion and checks in an editor.

    \b
    Examples:
      kc schema
      kc schema -o kc.schema.json
      kc schema --plugin my_layers.py    # with entries of your own
    Then, as the first line of a spec:
      # yaml-language-server: $schema=kc.schema.json
    """
    from kc.schemas.json_schema import schema_text

    use_plugins(plugins, allow_plugins)
    write(schema_text(), output)

"""How findings are written: one module for each format, imported when it is asked for.

Each has two functions. ``parts(diagnostics, style)`` yields the text of one finding after the
other, and is not asked for more than a report may hold; ``page(shown)`` puts those texts together.
Text of a spec passes ``escape``, and stands at the start of no line: it could be a command there.
"""

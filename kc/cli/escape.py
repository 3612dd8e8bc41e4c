"""Text from a spec, made harmless for terminals and continuous integration."""

from __future__ import annotations


def escape(text: str) -> str:
    r"""The text with everything that does not print as itself as ``\u{..}``.

    That is: control characters, DEL, C1, bidi controls, zero-width characters, surrogates, and
    blanks other than the space, which hide in indentation. `##[`, which GitHub's runner takes for
    the beginning of a command anywhere in a line, is broken up.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)
    return text.replace("##[", r"##\u{5b}")


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and ``...`` where it is longer than the limit."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def github_message(text: str) -> str:
    """A message of a GitHub workflow command; line breaks stay line breaks there."""
    lines = (escape(line) for line in text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def github_property(text: str) -> str:
    """A property of a GitHub workflow command, such as a file name."""
    return escape(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")

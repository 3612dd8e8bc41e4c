"""The error of an input that a layer cannot take."""

from __future__ import annotations


class ShapeError(Exception):
    """An input that a layer cannot take. The graph adds the layer's name and place."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help

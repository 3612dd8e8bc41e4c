"""Addresses of servers that callbacks talk to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

_PLAIN = r"^[!-~]*$"  # printable ASCII without spaces: nothing that could end a line of HTTP


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"`{text}` is no address of a server: write `http://host:port`")
    return text


WebAddress = Annotated[str, Field(pattern=_PLAIN, max_length=500), AfterValidator(_web_address)]

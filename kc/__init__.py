"""kc: a declarative model compiler.

``kc.load("spec.yaml")`` gives a model to train from Python; ``kc train spec.yaml`` does it from a
shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.version import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from kc.core.diagnostic import CompileError as CompileError
    from kc.front.model import Model as Model
    from kc.front.model import load as load

_HOMES = {
    "CompileError": "kc.core.diagnostic",
    "Model": "kc.front.model",
    "load": "kc.front.model",
}


def __getattr__(name: str) -> object:
    # Imported at first use: `kc validate` needs none of it.
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'kc' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


__all__ = ["CompileError", "Model", "__version__", "load"]

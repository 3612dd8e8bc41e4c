"""A declarative model compiler: YAML specs become models that JAX trains.

``kc.load("spec.yaml")`` gives a model to train from Python; ``kc train spec.yaml`` does it from a
shell. ``kc.callbacks``, ``kc.layers``, ``kc.sources`` and the like hold the classes of the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.version import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from kc.core import events as events
    from kc.core.diagnostic import CompileError as CompileError
    from kc.front.history import History as History
    from kc.front.load import load as load
    from kc.front.model import Model as Model
    from kc.front.namespace import callbacks as callbacks
    from kc.front.namespace import constraints as constraints
    from kc.front.namespace import initializers as initializers
    from kc.front.namespace import layers as layers
    from kc.front.namespace import losses as losses
    from kc.front.namespace import metrics as metrics
    from kc.front.namespace import optimizers as optimizers
    from kc.front.namespace import regularizers as regularizers
    from kc.front.namespace import schedules as schedules
    from kc.front.namespace import sources as sources
    from kc.sweep.result import sweep as sweep

_MODULES = {"events": "kc.core.events", "sweep": "kc.sweep"}
_HOMES = {
    "CompileError": "kc.core.diagnostic",
    "History": "kc.front.history",
    "Model": "kc.front.model",
    "load": "kc.front.load",
    "callbacks": "kc.front.namespace",
    "constraints": "kc.front.namespace",
    "initializers": "kc.front.namespace",
    "layers": "kc.front.namespace",
    "losses": "kc.front.namespace",
    "metrics": "kc.front.namespace",
    "optimizers": "kc.front.namespace",
    "regularizers": "kc.front.namespace",
    "schedules": "kc.front.namespace",
    "sources": "kc.front.namespace",
}


def __getattr__(name: str) -> object:
    # Imported at first use: `kc validate` needs none of it.
    import importlib

    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name not in _HOMES:
        raise AttributeError(f"module 'kc' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


__all__ = [
    "CompileError",
    "History",
    "Model",
    "__version__",
    "callbacks",
    "constraints",
    "events",
    "initializers",
    "layers",
    "load",
    "losses",
    "metrics",
    "optimizers",
    "regularizers",
    "schedules",
    "sources",
    "sweep",
]

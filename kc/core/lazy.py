"""NumPy, JAX and optax, imported at first use.

Importing JAX takes over a second, and checking a spec never needs it. A module writes
``from kc.core.lazy import jnp`` and the cost falls on the first ``jnp.something``.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jax as jax
    import jax.numpy as jnp
    import numpy as np
    import optax as optax
    from jax import lax as lax
else:

    class _LazyModule(ModuleType):
        def __getattr__(self, name: str) -> object:
            value = getattr(importlib.import_module(self.__name__), name)
            setattr(self, name, value)
            return value

    jax = _LazyModule("jax")
    jnp = _LazyModule("jax.numpy")
    lax = _LazyModule("jax.lax")
    np = _LazyModule("numpy")
    optax = _LazyModule("optax")

__all__ = ["jax", "jnp", "lax", "np", "optax"]

"""Sweeps: a search for good settings of a spec.

The package is what ``kc.sweep(...)`` calls, too: a function of the same name would be hidden by the
package as soon as anything imports it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from kc.sweep.result import sweep

        return sweep(*arguments, **options)


sys.modules[__name__].__class__ = _Callable

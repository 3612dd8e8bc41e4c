"""Every diagnostic kc can give, a module for each hundred. ``kc explain KC301`` prints one.

A code is declared once; its number is never used again, also when the code is gone.
"""

# ruff: noqa: F403

from __future__ import annotations

from collections.abc import Mapping

from kc.core.codes.data import *
from kc.core.codes.declare import DECLARED
from kc.core.codes.devices import *
from kc.core.codes.interop import *
from kc.core.codes.lint import *
from kc.core.codes.names import *
from kc.core.codes.schema import *
from kc.core.codes.shapes import *
from kc.core.codes.sweep import *
from kc.core.codes.training import *
from kc.core.codes.yaml import *
from kc.core.diagnostic import Code

CODES: Mapping[str, Code] = dict(sorted(DECLARED.items()))

SERIES: Mapping[str, str] = {
    "0": "YAML and files",
    "1": "the schema",
    "2": "names, expressions and composition",
    "3": "shapes and types",
    "4": "data",
    "5": "training and running",
    "6": "sweeps",
    "7": "devices and memory",
    "8": "suspicious, but legal",
    "9": "other libraries' files",
}
"""What the hundreds are about."""

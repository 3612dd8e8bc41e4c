"""Codes 7xx."""

from __future__ import annotations

from kc.core.codes.declare import declare

DEVICE = declare(
    "KC701",
    "a device that JAX does not have",
    "`--device` names a platform that JAX can use here: cpu, gpu or tpu.",
    "kc train spec.yaml --device gpu   # on a machine without one",
    "kc train spec.yaml --device cpu",
)

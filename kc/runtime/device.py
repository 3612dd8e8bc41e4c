"""How JAX is set up before anything runs, and what exactness depends on."""

from __future__ import annotations

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jaxlib.version
import optax
from jax.experimental.compilation_cache.compilation_cache import reset_cache

from kc.core import codes
from kc.core.diagnostic import failure
from kc.library.plugins import versions
from kc.runtime.cache import cache_folder

_config: Any = jax.config  # its options are known at run time only


@cache
def set_up(device: str | None = None) -> None:
    """Choose the device and keep compiled programs between runs.

    Raises:
        CompileError: when JAX has no such device here.
    """
    if device is not None:
        _config.update("jax_platforms", "cuda" if device == "gpu" else device)
    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:
        # JAX asserts that a plugin for the platform is installed.
        reason = (str(error) or "it is not installed").splitlines()[0]
        raise failure(
            codes.DEVICE,
            f"JAX has no device {device or 'at all'} here: {reason}",
            help="use `--device cpu`, or install JAX for this device",
        ) from None
    # Stated, not left to defaults: resumed runs must draw the same numbers.
    _config.update("jax_default_prng_impl", "threefry2x32")
    _config.update("jax_threefry_partitionable", True)
    _keep_compiled_programs()


def _keep_compiled_programs() -> None:
    if _config.jax_compilation_cache_dir is None:
        folder = cache_folder("jax")
        if folder is None:
            return
        _config.update("jax_compilation_cache_dir", str(folder))
    _config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


@contextmanager
def compiled_anew() -> Generator[None]:
    """Context in which compiling takes its time: no program comes from where they are kept."""
    kept = _config.jax_enable_compilation_cache
    _config.update("jax_enable_compilation_cache", False)
    reset_cache()  # JAX asks once whether there is one
    try:
        yield
    finally:
        _config.update("jax_enable_compilation_cache", kept)
        reset_cache()


def device_name() -> str:
    """``cpu (cpu)``: the platform and the kind of the device that programs run on."""
    device = jax.devices()[0]
    return f"{device.platform} ({device.device_kind})"


def environment() -> dict[str, Any]:
    """All that the last bits of a result depend on, besides program and data."""
    devices = jax.devices()
    return {
        "jax": jax.__version__,
        "jaxlib": jaxlib.version.__version__,
        "optax": optax.__version__,
        "backend": jax.default_backend(),
        "device": devices[0].device_kind,
        "devices": len(devices),
        "machine": platform.machine(),
        "processor": _instruction_set(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "x64": bool(_config.jax_enable_x64),
        "matmul_precision": str(_config.jax_default_matmul_precision),
        "prng": str(_config.jax_default_prng_impl),
        "threefry_partitionable": bool(_config.jax_threefry_partitionable),
        **({"plugins": dict(used)} if (used := versions()) else {}),
    }


@cache
def _instruction_set() -> str:
    """Widest vector instructions of the processor: XLA compiles for them."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    flags = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")
    known = ("avx512f", "avx512_bf16", "amx_tile", "avx2", "avx", "sse4_2", "asimd", "sve")
    return " ".join(name for name in known if name in flags.split())

"""Models from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kc.compiler.pipeline import Options, compile
from kc.compiler.source.files import read_file
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.front.model import Model
from kc.runtime import model_file
from kc.runtime.run_folder import to_yaml


def load(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    profiles: Sequence[str] = (),
    allow_plugins: bool | None = None,
) -> Model:
    """A model from a spec, or from a file that ``Model.save`` or ``kc train`` wrote.

    Args:
        path: a YAML spec, or an HDF5 file.
        overrides: ``path=value`` changes to the spec, as ``--set`` takes them.
        profiles: parts of ``profiles`` that are laid over the spec, as ``--profile`` takes them.
        allow_plugins: whether plugins run. By default those of a spec do, and those that a model
            file lists do not: such a file may come from anywhere, and a name in it would choose
            which Python file beside it is run.

    Raises:
        CompileError: when the spec holds errors, or the file is no model of kc.
    """
    path = Path(path)
    if path.suffix in {".h5", ".hdf5"}:
        text = to_yaml(model_file.read_spec(path))
        plugins = path.parent if allow_plugins else None
        compiled = compile(decode(str(path), text.encode()), overrides, Report(), plugins)
        model = Model(compiled, path.parent)
        model.held.state = model_file.load_state(path, model.held.executions.of())
        return model
    plugins = None if allow_plugins is False else path.parent
    options = Options(overrides, profiles, path.parent)
    return Model(compile(read_file(str(path)), options, Report(), plugins), path.parent)

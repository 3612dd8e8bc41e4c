"""First values of weights from the files that a spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.data import DataError
from kc.core.diagnostic import Code, CompileError, Report, failure
from kc.core.span import Span
from kc.core.text import did_you_mean, listing
from kc.core.types import Shape, Weight
from kc.interop import foreign
from kc.library.files import open_file

Given = Mapping[str, Mapping[str, np.ndarray]]
"""Arrays by scope and name."""
_FORMATS = {"safetensors", "npz", "hdf5"}
_OWNERS = ("", "params/", "state/", "layers/", "state/params/", "state/layers/")
"""Where arrays stand in files of kc; in others they stand at the top."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """Weights of one node that come from one file."""

    node: Node
    file: str
    weights: Mapping[str, Weight]
    whole: bool
    """Whether the file is about the whole node, so that nothing of it may be left over."""
    span: Span | None

    def names(self, weight: str) -> Iterator[str]:
        """What the array of a weight may be called, the shortest first."""
        inside = self.node.initial.inside if self.node.initial else ""
        return names_in_files([inside, self.node.scope], weight)

    def misfit(self, report: Report, code: Code, message: str, help: str) -> None:
        report.add(code, message, at=self.span, help=help)


def names_in_files(paths: Sequence[str], weight: str) -> Iterator[str]:
    """What files may call a weight of a layer with one of these paths, the likeliest first."""
    # Models of kc write the slashes of a scope as dots.
    for path in dict.fromkeys([*paths, *(path.replace("/", ".") for path in paths)]):
        for owner in _OWNERS:
            yield f"{owner}{path}/{weight}" if path else f"{owner}{weight}"


def load(graph: Graph, folder: Path) -> Given:
    """The arrays of all files that items name as `initial`; paths begin at the folder.

    Raises:
        CompileError: when a file is missing, lies outside of the folder, cannot be read, or does
            not hold the weights.
    """
    wishes: dict[str, list[_Wish]] = {}
    for node in graph.nodes:
        for wish in _wishes(node):
            wishes.setdefault(wish.file, []).append(wish)
    given: dict[str, dict[str, np.ndarray]] = {}
    for file, wanted in wishes.items():
        for scope, arrays in _read(file, wanted, folder).items():
            given.setdefault(scope, {}).update(arrays)
    return given


def _wishes(node: Node) -> Iterator[_Wish]:
    if node.initial is None or node.inferred is None:
        return
    weights = {**node.inferred.weights, **node.inferred.state}
    values = node.initial.values
    if values.file is not None and weights:
        yield _Wish(node, values.file, weights, whole=True, span=values.span)
    for name, file in values.weights.items():
        if isinstance(file, str):
            one = {name: weights[name]}
            yield _Wish(node, file, one, whole=False, span=values.place(name))


def _read(file: str, wishes: list[_Wish], folder: Path) -> Given:
    """What is wanted of one file, which is opened twice: for its names and for its arrays."""
    path = folder / file
    try:
        open_file(folder, file).close()
        there = foreign.describe(path)
        if there.format not in _FORMATS:
            raise failure(
                codes.FOREIGN_FILE,
                f"{path} is a file of Keras, whose arrays have other names",
                help="make a model of kc from it first: `kc import FILE`",
            )
        report = Report()
        places = {
            name: (wish.node.scope, weight)
            for wish in wishes
            for weight, name in _found(wish, there.arrays, report)
        }
        report.raise_if_failed()
        shapes: dict[str, Shape] = {name: tuple(there.arrays[name]) for name in places}
        arrays = foreign.read(path, shapes, path.stat().st_size).found
    except DataError as error:
        raise failure(error.code, error.message, at=wishes[0].span, help=error.help) from None
    except CompileError as error:
        raise _placed(error, wishes[0].span) from None
    given: dict[str, dict[str, np.ndarray]] = {}
    for name, (scope, weight) in places.items():
        given.setdefault(scope, {})[weight] = arrays[name]
    return given


def _found(
    wish: _Wish, there: Mapping[str, list[int]], report: Report
) -> Iterator[tuple[str, str]]:
    """Each weight and the name of its array."""
    names = {
        weight: next((name for name in wish.names(weight) if name in there), None)
        for weight in wish.weights
    }
    for weight, name in names.items():
        shape = list(wish.weights[weight].shape)
        if name is None:
            wanted = next(wish.names(weight))
            wish.misfit(
                report,
                codes.INITIAL_FILE,
                f"`{wish.file}` holds no `{wanted}` for `{wish.node.name}`",
                did_you_mean(wanted, there) if there else "the file holds no array of numbers",
            )
        elif there[name] != shape:
            wish.misfit(
                report,
                codes.INITIAL_SHAPE,
                f"the weight `{weight}` of `{wish.node.name}` has the shape {shape}, `{name}` in "
                f"`{wish.file}` has {there[name]}",
                "save it from a layer of the same sizes",
            )
        else:
            yield weight, name
    groups = {_group(name) for name in names.values() if name is not None}
    more = [name for name in there if _group(name) in groups and name not in names.values()]
    if wish.whole and more and None not in names.values():
        wish.misfit(
            report,
            codes.INITIAL_FILE,
            f"`{wish.file}` holds {listing(more, 4)}, which `{wish.node.name}` has not",
            f"its weights are {listing(names)}; `initial` can name a file for each of them",
        )


def _group(name: str) -> str:
    return name.rpartition("/")[0]


def _placed(error: CompileError, span: Span | None) -> CompileError:
    """The same findings; those without a place get this one."""
    report = Report()
    for found in error.report:
        at, label = (found.labels[0].span, found.labels[0].text) if found.labels else (span, "")
        report.add(found.code, found.message, at=at, label=label, help=found.help)
    return CompileError(report)

"""Weights of a model in files of Keras, read into kc's places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.sizes import known
from kc.core.text import listing
from kc.core.types import Shape, Weight
from kc.interop import foreign
from kc.interop.foreign import Foreign
from kc.interop.keras.storage import Arrays, copies, from_keras, stored
from kc.interop.keras.to_spec import Leaf
from kc.interop.keras.values import RefusedError

_BESIDE = ("optimizer", "top_level_model_weights", "seed_generator", "compile_metrics", "metrics",
           "_layer_checkpoint_dependencies", "optimizer_weights")  # fmt: skip
"""Parts of paths that hold no weights of a layer."""
_COUNTED = {"normalization", "discretization"}
"""Layers whose state is part of their arguments in kc."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Arrays by scope and name."""

    params: dict[str, dict[str, np.ndarray]] = field(
        default_factory=dict[str, "dict[str, np.ndarray]"]
    )
    state: dict[str, dict[str, np.ndarray]] = field(
        default_factory=dict[str, "dict[str, np.ndarray]"]
    )

    def of(self, scope: str) -> Arrays:
        """Weights and state of one layer."""
        return {
            name: np.asarray(array)
            for part in (self.params, self.state)
            for name, array in part.get(scope, {}).items()
        }


@dataclass(frozen=True, slots=True)
class Owner:
    """A layer of a graph, and its variables in Keras's order."""

    node: Node
    params: Mapping[str, Weight]
    state: Mapping[str, Weight]

    @property
    def both(self) -> dict[str, Weight]:
        return {**self.params, **self.state}


def owner(graph: Graph, scope: str) -> Owner:
    """The layer with this scope."""
    node = next(n for n in graph.nodes if n.scope == scope)
    assert node.inferred is not None
    return Owner(node, node.inferred.weights, node.inferred.state)


Place = tuple[str, str]
"""Scope and name of a variable of kc."""


def paths_of(graph: Graph, leaf: Leaf) -> dict[str, Place]:
    """Each variable of a layer by its path in a weight file of Keras 3."""
    found = owner(graph, leaf.scope)
    return {
        f"{leaf.place.group}/{path}": (leaf.scope, name)
        for path, name in stored(found.node.layer, list(found.both)).items()
    }


def legacy_paths(
    graph: Graph, leaves: Sequence[Leaf], order: Mapping[str, Sequence[str]]
) -> dict[str, Place]:
    """The same in older files, which list the variables of each outermost layer by name."""
    found: dict[str, Place] = {}
    for top in dict.fromkeys(leaf.place.top for leaf in leaves):
        places = variables(graph, [leaf for leaf in leaves if leaf.place.top == top])
        paths = order.get(top, [])
        if len(paths) != len(places):
            raise RefusedError(
                codes.FOREIGN_WEIGHTS,
                f"layer `{top[:80]}` has {len(paths)} weights in the file, and {len(places)} here",
            )
        found |= dict(zip(paths, places, strict=True))
    return found


def variables(graph: Graph, leaves: Sequence[Leaf]) -> Sequence[Place]:
    """All that is trained, then all that is not, as Keras lists it."""
    owners = [(leaf.scope, owner(graph, leaf.scope)) for leaf in leaves]
    return trained(graph, leaves) + [
        (scope, name)
        for scope, found in owners
        for name in (found.state if found.node.trainable else found.both)
    ]


def trained(graph: Graph, leaves: Sequence[Leaf]) -> list[Place]:
    """What training changes, in the order of Keras."""
    owners = [(leaf.scope, owner(graph, leaf.scope)) for leaf in leaves]
    return [(s, name) for s, found in owners if found.node.trainable for name in found.params]


def read(file: Foreign, graph: Graph, leaves: Sequence[Leaf]) -> Weights:
    """The weights of a model.

    Raises:
        RefusedError: when the file has other ones than the model.
        CompileError: when it cannot be read.
    """
    places, doubled = _places(file, graph, leaves)
    kinds = {leaf.scope: owner(graph, leaf.scope) for leaf in leaves}
    wanted = {path: known(kinds[scope].both[name].shape) for path, (scope, name) in places.items()}
    total = sum(math.prod(shape) for shape in wanted.values())
    arrays = foreign.read(file.path, wanted, more_bytes=16 * total)
    _check(arrays, wanted, doubled)
    _check_names(arrays.names, leaves)
    found: dict[str, dict[str, np.ndarray]] = {}
    for path, (scope, name) in places.items():
        found.setdefault(scope, {})[name] = arrays.found[path]
    weights = Weights()
    for scope, own in found.items():
        for name, array in from_keras(kinds[scope].node.layer, own).items():
            target = weights.state if name in kinds[scope].state else weights.params
            target.setdefault(scope, {})[name] = array
    return weights


def _places(
    file: Foreign, graph: Graph, leaves: Sequence[Leaf]
) -> tuple[dict[str, Place], Sequence[str]]:
    """The place of each array, and beginnings of paths of arrays that say nothing new."""
    counted = [leaf for leaf in leaves if owner(graph, leaf.scope).node.layer.kind in _COUNTED]
    if file.order:
        own = [leaf for leaf in leaves if leaf not in counted]
        order = file.order
        if file.config is None:
            # Nothing says how the layers are called: their order counts.
            filled = [leaf for leaf in own if owner(graph, leaf.scope).both]
            paths = [paths for paths in order.values() if paths]
            order = dict(zip((leaf.place.top for leaf in filled), paths, strict=False))
        places = legacy_paths(graph, own, order)
        return places, [path for leaf in counted for path in order.get(leaf.place.top, ())]
    places = {path: p for leaf in leaves for path, p in paths_of(graph, leaf).items()}
    doubled = [
        f"{leaf.place.group}/{path}"
        for leaf in leaves
        for path in copies(owner(graph, leaf.scope).node.layer, ["kernel"])
    ]
    return places, [*doubled, *(f"{leaf.place.group}/vars/" for leaf in counted)]


def _check(arrays: foreign.Arrays, wanted: Mapping[str, Shape], doubled: Sequence[str]) -> None:
    for path, shape in wanted.items():
        if path not in arrays.found:
            there = arrays.shapes.get(path)
            found = f"has the shape {there} in the file" if there is not None else "is not there"
            raise RefusedError(
                codes.FOREIGN_WEIGHTS,
                f"`{path[:120]}` {found}, and the model needs {list(shape)}",
            )
    beside = [
        path for path in arrays.shapes
        if path not in wanted and not path.startswith(tuple(doubled))
        and not any(part.startswith(_BESIDE) for part in path.split("/"))
    ]  # fmt: skip
    if beside:
        raise RefusedError(codes.FOREIGN_WEIGHTS, f"no layer has the weights {listing(beside, 4)}")


def _check_names(names: Mapping[str, str], leaves: Sequence[Leaf]) -> None:
    """Groups are numbered: where the file says which layer one belongs to, it has to be this."""
    for leaf in leaves:
        there = names.get(f"{leaf.place.group}/vars")
        if there is not None and there != leaf.name.rpartition("/")[2]:
            raise RefusedError(
                codes.FOREIGN_WEIGHTS,
                f"`{leaf.place.group}` holds the weights of `{there[:80]}`, "
                f"not of `{leaf.name[:80]}`",
            )

"""Where Keras keeps the weights of each layer, and reading them into kc's places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.text import listing
from kc.core.types import Shape, Weight
from kc.interop import foreign
from kc.interop.foreign import Foreign
from kc.interop.keras.facts import SUBLAYERS
from kc.interop.keras.to_spec import Leaf
from kc.interop.keras.values import RefusedError

_BESIDE = ("optimizer", "top_level_model_weights", "seed_generator", "compile_metrics", "metrics",
           "_layer_checkpoint_dependencies")  # fmt: skip
"""Parts of paths that hold no weights of a layer."""

Place = tuple[str, str]
"""Scope and name of a weight of kc."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Arrays by scope and name."""

    params: dict[str, dict[str, np.ndarray]] = field(
        default_factory=dict[str, "dict[str, np.ndarray]"]
    )
    state: dict[str, dict[str, np.ndarray]] = field(
        default_factory=dict[str, "dict[str, np.ndarray]"]
    )


def owned(graph: Graph, scope: str) -> tuple[str, Mapping[str, Weight], Mapping[str, Weight]]:
    """Kind, parameters and state of the layer with this scope, in Keras's order."""
    node = next((n for n in graph.nodes if n.scope == scope), None)
    if node is None or node.inferred is None:
        return "", {}, {}
    return node.layer.kind, node.inferred.weights, node.inferred.state


def paths_of(graph: Graph, leaf: Leaf) -> dict[str, tuple[Place, Weight]]:
    """Each variable of a layer by its path in a weight file of Keras 3."""
    kind, weights, state = owned(graph, leaf.scope)
    inner = SUBLAYERS.get(kind, {}).get("")
    group = f"{leaf.group}/{inner}" if inner else leaf.group
    both = [*weights.items(), *state.items()]
    return {
        f"{group}/vars/{index}": ((leaf.scope, name), weight)
        for index, (name, weight) in enumerate(both)
    }


def legacy_paths(
    graph: Graph, leaves: Sequence[Leaf], order: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Place, Weight]]:
    """The same in older files, which list the variables of each outermost layer by name."""
    found: dict[str, tuple[Place, Weight]] = {}
    for top in dict.fromkeys(leaf.top for leaf in leaves):
        inside = [leaf.scope for leaf in leaves if leaf.top == top]
        # All that is trained, then all that is not.
        owners = [(scope, owned(graph, scope)) for scope in inside]
        both = [(scope, params) for scope, (_, params, _) in owners]
        both += [(scope, state) for scope, (_, _, state) in owners]
        places = [((scope, name), w) for scope, named in both for name, w in named.items()]
        names = order.get(top, [])
        if len(names) != len(places):
            raise RefusedError(
                codes.FOREIGN_WEIGHTS,
                f"layer `{top[:80]}` has {len(names)} weights in the file, and {len(places)} here",
            )
        found |= {
            f"model_weights/{top}/{name}": place for name, place in zip(names, places, strict=True)
        }
    return found


def read(file: Foreign, graph: Graph, leaves: Sequence[Leaf]) -> Weights:
    """The weights of a model.

    Raises:
        RefusedError: when the file has other ones than the model.
        CompileError: when it cannot be read.
    """
    if file.format == "legacy":
        places = legacy_paths(graph, leaves, file.order)
    else:
        places = {path: p for leaf in leaves for path, p in paths_of(graph, leaf).items()}
    wanted: dict[str, Shape] = {path: weight.shape for path, (_, weight) in places.items()}
    total = sum(weight.size for _, weight in places.values())
    arrays = foreign.read(file.path, wanted, more_bytes=16 * total)
    _check(arrays, wanted)
    _check_names(arrays.names, leaves)
    weights = Weights()
    for path, ((scope, name), _) in places.items():
        is_state = name in owned(graph, scope)[2]
        target = weights.state if is_state else weights.params
        target.setdefault(scope, {})[name] = arrays.found[path]
    return weights


def _check(arrays: foreign.Arrays, wanted: Mapping[str, Shape]) -> None:
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
        if path not in wanted and not any(part.startswith(_BESIDE) for part in path.split("/"))
    ]  # fmt: skip
    if beside:
        raise RefusedError(codes.FOREIGN_WEIGHTS, f"no layer has the weights {listing(beside, 4)}")


def _check_names(names: Mapping[str, str], leaves: Sequence[Leaf]) -> None:
    """Groups are numbered: where the file says which layer one belongs to, it has to be this."""
    for leaf in leaves:
        there = names.get(f"{leaf.group}/vars")
        if there is not None and there != leaf.name:
            raise RefusedError(
                codes.FOREIGN_WEIGHTS,
                f"`{leaf.group}` holds the weights of `{there[:80]}`, not of `{leaf.name[:80]}`",
            )

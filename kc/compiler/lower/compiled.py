"""A checked model with everything that later stages ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.passes.facts import Facts
from kc.core import codes
from kc.core.diagnostic import failure
from kc.core.program import Program, TrainingProgram
from kc.core.span import SourceText
from kc.core.text import listing
from kc.library.fitting import Fitting
from kc.schemas.spec import Spec


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A checked model, ready to be bound to JAX. Two of them are never equal."""

    source: SourceText
    spec: Spec
    graph: Graph
    facts: Facts
    program: Program
    training: TrainingProgram | None

    @property
    def name(self) -> str:
        """Name of the experiment, ``model`` where the spec gives none."""
        return self.spec.name or "model"

    @property
    def unknown_sizes(self) -> Sequence[str]:
        """Names of sizes that only the data know."""
        return list(dict.fromkeys(n for kind in self.graph.inputs.values() for n in kind.names))

    @property
    def unfitted(self) -> Sequence[Node]:
        """The nodes whose layers have not seen data, in the order of the graph."""
        layers = [(node, node.layer) for node in self.graph.nodes]
        return [n for n, layer in layers if isinstance(layer, Fitting) and not layer.fitted]

    @property
    def unbalanced(self) -> bool:
        """Whether weights of classes are to be found in the training examples, and are not yet."""
        training = self.spec.training
        return training is not None and training.class_weight == "balanced"

    def need_balance(self) -> None:
        """Make sure that classes have their weights.

        Raises:
            CompileError: when they are to be found in data.
        """
        if self.unbalanced:
            raise failure(
                codes.NOT_FITTED,
                "`class_weight: balanced` has not seen data, so it has no weights",
                at=self.spec.value_place("training", "class_weight"),
                help="`kc train` and `model.fit` find them first, and keep them in the run's "
                "`resolved.yaml` and in the model file; or give them by class",
            )

    def need_fitted(self) -> None:
        """Make sure that every layer has all that computing needs.

        Raises:
            CompileError: when one has not seen data.
        """
        for node in self.unfitted:
            names = listing(cast("Fitting", node.layer).finds)
            raise failure(
                codes.NOT_FITTED,
                f"{node.layer.kind} has not seen data, so it has no {names}",
                at=node.span,
                help="`kc train` and `model.fit` fit it first, and keep what they find in the "
                f"run's `resolved.yaml` and in the model file; or give {names}",
            )

    def resolved(self) -> dict[str, Any]:
        """The spec as plain data, with variables and overrides resolved and defaults left out."""
        return self.spec.resolved()

"""Find what is legal and yet most likely a mistake: the codes of the series 8xx.

A rule is a function of the graph and the spec that only reports. It speaks where it is sure that
what is written cannot do what it is for, and says nothing where it depends on the data.
"""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.compiler.passes.lint.activations import activations
from kc.compiler.passes.lint.batches import batches
from kc.compiler.passes.lint.bias import useless_bias
from kc.compiler.passes.lint.classes import classes
from kc.compiler.passes.lint.dropout import dropout
from kc.compiler.passes.lint.frozen import frozen
from kc.compiler.passes.lint.measures import measures
from kc.compiler.passes.lint.order import order
from kc.compiler.passes.lint.precision import skipped_twice, vanishing_gradients
from kc.compiler.passes.lint.probabilities import probabilities
from kc.compiler.passes.lint.steps import steps
from kc.core.diagnostic import Report
from kc.schemas.spec import Spec

RULES = (
    useless_bias,
    vanishing_gradients,
    skipped_twice,
    probabilities,
    classes,
    activations,
    dropout,
    measures,
    steps,
    frozen,
    batches,
    order,
)


def lint(graph: Graph, spec: Spec, report: Report) -> None:
    """Add what all rules find."""
    for rule in RULES:
        rule(graph, spec, report)

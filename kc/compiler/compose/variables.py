"""``$name``: values of ``vars``, put where they are used.

A value that is only ``$name`` becomes the variable's whole value, a list or map too. Other text
with a ``$`` is arithmetic; ``$$`` is a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from kc.compiler.source import limits
from kc.core import codes
from kc.core.diagnostic import Code, Report
from kc.core.expression import ExpressionError, evaluate
from kc.core.span import Span
from kc.core.text import listing, nearest
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree

_NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


def substitute(tree: Tree, report: Report) -> Tree:
    """The tree with every ``$name`` replaced and the section ``vars`` removed."""
    variables = tree.get("vars") if isinstance(tree, MapNode) else None
    if not isinstance(tree, MapNode) or not isinstance(variables, MapNode):
        return _Scope({}, report).resolve(tree).node
    scope = _Scope({key.text: value for key, value in variables.entries}, report)
    resolved = scope.resolve(tree.without("vars")).node
    if scope.refused:
        return resolved
    for key, _ in variables.entries:
        if key.text not in scope.values:
            report.add(
                codes.UNUSED_VARIABLE,
                f"nothing uses the variable `{key.text}`",
                at=key.span,
                help=f"refer to it as `${key.text}`, or remove it",
            )
            scope.value(key.text)
    return resolved


class _Value(NamedTuple):
    """A resolved value, how many values it holds and how many levels."""

    node: Tree
    weight: int = 1
    height: int = 0
    failed: bool = False
    """Whether it stands for a value that could not be found. Its place is that of the error, so
    that nothing else is said about it.
    """


@dataclass(slots=True)
class _Scope:
    variables: dict[str, Tree]
    report: Report
    values: dict[str, _Value] = field(default_factory=dict[str, _Value])
    """Variables that were used, resolved."""
    open: list[str] = field(default_factory=list[str])
    """Variables whose value is being worked out."""
    depth: int = 0
    """Lists, maps and variables around the place that is being resolved."""
    placed: int = 0
    """Values that references have put into the tree."""
    refused: set[Code] = field(default_factory=set[Code])
    """Limits that were passed, each reported once."""

    def resolve(self, node: Tree) -> _Value:
        match node:
            case MapNode(entries=entries, span=span):
                values = self.inside([value for _, value in entries], span)
                keys = [key for key, _ in entries]
                pairs = zip(keys, (value.node for value in values), strict=True)
                return _around(MapNode(tuple(pairs), span), values)
            case ListNode(items=items, span=span):
                values = self.inside(items, span)
                return _around(ListNode(tuple(value.node for value in values), span), values)
            case ScalarNode(value=str(text)) if "$" in text:
                return self.scalar(node, text)
            case ScalarNode():
                return _Value(node)

    def inside(self, nodes: Sequence[Tree], span: Span) -> list[_Value]:
        """What a list or a map holds, resolved."""
        if self.depth >= limits.DEPTH:
            self.too_deep(span)
            return [_failed(span) for _ in nodes]
        self.depth += 1
        values = [self.resolve(node) for node in nodes]
        self.depth -= 1
        return values

    def scalar(self, node: ScalarNode, text: str) -> _Value:
        if match := _NAME.fullmatch(text.strip()):
            return self.reference(node, match[1])
        if "$$" in text:
            return _Value(ScalarNode(text.replace("$$", "$"), node.span, node.quoted))
        found = {name: self.value(name) for name in _NAME.findall(text)}
        # A list or map is no number, whatever it holds.
        known = {
            name: value.node.value if isinstance(value.node, ScalarNode) else None
            for name, value in found.items()
            if value is not None
        }
        try:
            return _Value(ScalarNode(evaluate(text, known), node.span))
        except ExpressionError as error:
            help = self.expression_help(error)
            at = _place_of(f"${error.name}", node) if error.name else node.span
            self.report.add(error.code, error.message, at=at, help=help)
            return _failed(at)

    def reference(self, node: ScalarNode, name: str) -> _Value:
        value = self.value(name)
        if value is None:
            self.report.add(
                codes.UNKNOWN_NAME,
                f"nothing is called `${name}`",
                at=node.span,
                help=self.scope_help(name),
            )
            return _failed(node.span)
        if value.failed:
            return value
        if isinstance(value.node, ScalarNode):
            # The place of use is where a wrong value shows; scalars move there.
            return _Value(ScalarNode(value.node.value, node.span))
        self.placed += value.weight
        if self.placed > limits.NODES:
            self.too_many(node.span)
        elif self.depth + value.height > limits.DEPTH:
            self.too_deep(node.span)
        else:
            return value
        return _failed(node.span)

    def value(self, name: str) -> _Value | None:
        """A variable's resolved value; None where there is none."""
        if name in self.values:
            return self.values[name]
        written = self.variables.get(name)
        if written is None:
            return None
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name) :], name])
            self.report.add(
                codes.CYCLIC_VARIABLES,
                f"variables refer to each other in a circle: {circle}",
                at=written.span,
                help="give one of them a plain value",
            )
            return self.values.setdefault(name, _failed(written.span))
        if self.depth >= limits.DEPTH:
            self.too_deep(written.span)
            return self.values.setdefault(name, _failed(written.span))
        self.open.append(name)
        self.depth += 1
        value = self.resolve(written)
        self.depth -= 1
        self.open.pop()
        return self.values.setdefault(name, value)

    def too_deep(self, span: Span) -> None:
        self.refuse(
            codes.TOO_DEEP,
            f"with its variables the file is nested more than {limits.DEPTH} levels deep",
            span,
        )

    def too_many(self, span: Span) -> None:
        self.refuse(
            codes.TOO_MANY_NODES,
            f"variables put more than {limits.NODES:,} values into the file",
            span,
        )

    def refuse(self, code: Code, message: str, span: Span) -> None:
        if code not in self.refused:
            self.refused.add(code)
            self.report.add(code, message, at=span)

    def expression_help(self, error: ExpressionError) -> str | None:
        if error.kind == "name":
            return self.scope_help(error.name)
        if error.kind == "syntax":
            return "`$$` writes a dollar sign; inside `{}` a comma ends a value unless it is quoted"
        return None

    def scope_help(self, name: str) -> str:
        if not self.variables:
            return "define it in `vars`; `$$` writes a dollar sign"
        match = nearest(name, self.variables)
        known = listing(f"${variable}" for variable in self.variables)
        return f"did you mean `${match}`?" if match else f"`vars` has {known}"


def _place_of(word: str, node: ScalarNode) -> Span:
    """Place of a word inside of a value, where the value stands as it was written."""
    span, text = node.span, str(node.value)
    if node.quoted or span.end_line != span.line or span.end_column - span.column != len(text):
        return span
    start = span.column + text.index(word)
    return replace(span, column=start, end_column=start + len(word))


def _failed(span: Span) -> _Value:
    # A number, because numbers stand in expressions.
    return _Value(ScalarNode(1, span), failed=True)


def _around(node: Tree, inside: Sequence[_Value]) -> _Value:
    """A list or map of values."""
    return _Value(
        node,
        1 + sum(value.weight for value in inside),
        1 + max((value.height for value in inside), default=0),
    )

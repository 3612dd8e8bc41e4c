"""``$name``: values of ``vars``, put where they are used.

A value that is only ``$name`` becomes the variable's whole value, a list or map too. Other text
with a ``$`` is arithmetic; ``$$`` is a dollar sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from kc.core import codes
from kc.core.diagnostic import Code, Report
from kc.core.expression import ExpressionError, evaluate
from kc.core.span import Span
from kc.core.text import listing, nearest
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree, plain

_NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")

EXPRESSION_CODES: dict[str, Code] = {
    "syntax": codes.EXPRESSION_SYNTAX,
    "limit": codes.EXPRESSION_LIMIT,
    "value": codes.EXPRESSION_VALUE,
    "name": codes.UNKNOWN_NAME,
}


def substitute(tree: Tree, report: Report) -> Tree:
    """The tree with every ``$name`` replaced and the section ``vars`` removed."""
    variables = tree.get("vars") if isinstance(tree, MapNode) else None
    if not isinstance(tree, MapNode) or not isinstance(variables, MapNode):
        return _Scope({}, report).resolve(tree)
    scope = _Scope({key.text: value for key, value in variables.entries}, report)
    resolved = scope.resolve(tree.without("vars"))
    misspelt = any(d.code is codes.UNKNOWN_NAME for d in report)
    for key, _ in variables.entries:
        if key.text not in scope.values and not misspelt:
            report.add(
                codes.UNUSED_VARIABLE,
                f"nothing uses the variable `{key.text}`",
                at=key.span,
                help=f"refer to it as `${key.text}`, or remove it",
            )
            scope.value(key.text)
    return resolved


@dataclass(slots=True)
class _Scope:
    variables: dict[str, Tree]
    report: Report
    values: dict[str, Tree] = field(default_factory=dict[str, Tree])
    """Variables that were used, resolved."""
    open: list[str] = field(default_factory=list[str])
    """Variables whose value is being worked out."""

    def resolve(self, node: Tree) -> Tree:
        match node:
            case MapNode(entries=entries, span=span):
                return MapNode(tuple((key, self.resolve(value)) for key, value in entries), span)
            case ListNode(items=items, span=span):
                return ListNode(tuple(self.resolve(item) for item in items), span)
            case ScalarNode(value=str(text)) if "$" in text:
                return self.scalar(node, text)
            case ScalarNode():
                return node

    def scalar(self, node: ScalarNode, text: str) -> Tree:
        if match := _NAME.fullmatch(text.strip()):
            return self.reference(node, match[1])
        if "$$" in text:
            return ScalarNode(text.replace("$$", "$"), node.span, node.quoted)
        known = {name: plain(v) for name in _NAME.findall(text) if (v := self.value(name))}
        try:
            return ScalarNode(evaluate(text, known), node.span)
        except ExpressionError as error:
            help = self.scope_help(error.name) if error.kind == "name" else None
            at = _place_of(f"${error.name}", node) if error.name else node.span
            self.report.add(EXPRESSION_CODES[error.kind], error.message, at=at, help=help)
            return ScalarNode(1, node.span)

    def reference(self, node: ScalarNode, name: str) -> Tree:
        value = self.value(name)
        if value is None:
            if name not in self.variables:
                self.report.add(
                    codes.UNKNOWN_NAME,
                    f"nothing is called `${name}`",
                    at=node.span,
                    help=self.scope_help(name),
                )
            return ScalarNode(1, node.span)
        # The place of use is where a wrong value shows; scalars move there.
        return ScalarNode(value.value, node.span) if isinstance(value, ScalarNode) else value

    def value(self, name: str) -> Tree | None:
        """A variable's resolved value; None where there is none, or no end to it."""
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
            self.values[name] = ScalarNode(1, written.span)
            return self.values[name]
        self.open.append(name)
        value = self.resolve(written)
        self.open.pop()
        return self.values.setdefault(name, value)

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

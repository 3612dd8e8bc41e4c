"""``$name`` and arithmetic: values of names, put where they are used.

A value that is only ``$name`` becomes the whole value of the name, a list or map too. Other text
with a ``$`` is arithmetic; ``$$`` is a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from kc.compiler.compose.scope import Name, Scope, Value
from kc.compiler.source import limits
from kc.core import codes
from kc.core.diagnostic import Code, Report
from kc.core.expression import ExpressionError, condition, evaluate, looks_like_expression
from kc.core.span import Span
from kc.core.tree import MapNode, Origin, ScalarNode, Tree

NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(slots=True)
class Resolver:
    """Puts values in place of names, within limits. What lists and maps become, a subclass says."""

    report: Report
    root: Scope
    """Variables."""
    scope: Scope
    """What the place sees that is being resolved."""
    open: list[str] = field(default_factory=list[str])
    """Variables whose value is being worked out."""
    depth: int = 0
    """Lists, maps and variables around the place that is being resolved."""
    placed: int = 0
    """Values that references, blocks and repeats have put into the tree."""
    refused: set[Code] = field(default_factory=set[Code])
    """Limits that were passed, each reported once."""

    copies: int = 0
    """Blocks and repeats around the place: what stands there is put into the tree again."""
    literal: bool = False
    """Whether values are those of a variable, in which no names are left."""

    def resolve(self, node: Tree) -> Value:
        """The node with values in place of names."""
        raise NotImplementedError

    @contextmanager
    def within(self, scope: Scope, *, literal: bool = False) -> Generator[None]:
        """Resolve in another scope what is put into the tree once more."""
        before = self.scope, self.literal
        self.scope, self.literal = scope, literal
        self.copies += 1
        yield
        self.copies -= 1
        self.scope, self.literal = before

    def at(self, span: Span) -> Span:
        """A place, in the block that is being written out."""
        use = self.scope.use
        if use is None:
            return span
        # Not `replace`, which takes three times as long.
        return Span(span.source, span.line, span.column, span.end_line, span.end_column, use)

    def scalar(self, node: ScalarNode) -> Value:
        text = node.value
        if not isinstance(text, str) or "$" not in text:
            if self.scope.use is None:
                return Value(node)
            return Value(ScalarNode(text, self.at(node.span), node.quoted, node.origin))
        if match := NAME.fullmatch(text.strip()):
            return self.reference(node, match[1])
        if "$$" in text:
            return Value(replace(node, value=text.replace("$$", "$"), span=self.at(node.span)))
        return self.expression(node, text)

    def expression(self, node: ScalarNode, text: str) -> Value:
        """The value of arithmetic."""
        names, origins, missing = self.operands(text)
        if missing is not None:
            return missing
        try:
            value = evaluate(text, names)
        except ExpressionError as error:
            return self.no_value(error, node)
        span = self.at(node.span)
        return Value(
            ScalarNode(value, span, origin=_after(Origin(f"`{text}`", span, origins), node))
        )

    def holds(self, node: Tree) -> bool:
        """Whether a condition holds; one without a value does, so that nothing else is said."""
        value = self.whole(node)
        if value.failed:
            return True
        match value.node:
            case ScalarNode(value=bool(truth)):
                return truth
            case ScalarNode(value=str(text)) if isinstance(node, ScalarNode):
                return self.is_true(text, node)
            case _:
                self.report.add(
                    codes.WRONG_TYPE,
                    "`when` cannot be this",
                    at=self.at(node.span),
                    label="expected true, false or a condition",
                    help="write `$name`, or a condition as `$depth > 2 and not $small`",
                )
                return True

    def is_true(self, text: str, node: ScalarNode) -> bool:
        """The value of a condition, which is that of a node."""
        names, _, missing = self.operands(text)
        if missing is not None:
            return True
        try:
            return condition(text, names)
        except ExpressionError as error:
            self.no_value(error, node)
            return True

    def whole(self, node: Tree) -> Value:
        """A condition as written, or the value of the one name that it is."""
        if isinstance(node, ScalarNode) and NAME.fullmatch(str(node.value).strip()):
            return self.scalar(node)
        return Value(node)

    def number(self, node: Tree) -> Value:
        """A value that is to be a number: text without a name is arithmetic there, too."""
        value = self.resolve(node)
        return value if value.failed else self.calculated(value.node)

    def calculated(self, node: Tree) -> Value:
        """A resolved value; arithmetic without names becomes a number."""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            return Value(node)
        if not looks_like_expression(node.value):
            return Value(node)
        try:
            return Value(replace(node, value=evaluate(node.value, {})))
        except ExpressionError as error:
            return self.no_value(error, node)

    def operands(self, text: str) -> tuple[dict[str, object], tuple[Origin, ...], Value | None]:
        """Values of the names in an expression, where they come from, and one that is missing."""
        names: dict[str, object] = {}
        origins: list[Origin] = []
        for word in NAME.findall(text):
            if (name := self.scope.find(word)) is None:
                continue
            value = self.value_of(word, name)
            if value.failed:
                return names, (), value
            # A list or map is no number, whatever it holds.
            names[word] = value.node.value if isinstance(value.node, ScalarNode) else None
            origins.append(_origin(name, value))
        return names, tuple(origins), None

    def reference(self, node: ScalarNode, word: str) -> Value:
        """The value of a name."""
        span = self.at(node.span)
        name = self.scope.find(word)
        if name is None:
            self.report.add(
                codes.UNKNOWN_NAME,
                f"nothing is called `${word}`",
                at=span,
                help=self.scope.help(word),
            )
            return failed(span)
        value = self.value_of(word, name)
        if value.failed:
            return value
        origin = _after(_origin(name, value), node)
        if isinstance(value.node, ScalarNode):
            # The place of use is where a wrong value shows; scalars move there.
            return Value(ScalarNode(value.node.value, span, origin=origin))
        self.placed += value.weight
        if self.placed > limits.NODES:
            self.too_many(span)
        elif self.depth + value.height > limits.DEPTH:
            self.too_deep(span)
        else:
            return value._replace(node=replace(value.node, origin=origin))
        return failed(span)

    def value_of(self, word: str, name: Name) -> Value:
        """The resolved value of a name."""
        if name.value is not None:
            return name.value
        if word in self.open:
            circle = " -> ".join([*self.open[self.open.index(word) :], word])
            self.report.add(
                codes.CYCLIC_VARIABLES,
                f"variables refer to each other in a circle: {circle}",
                at=name.node.span,
                help="give one of them a plain value",
            )
            name.value = failed(name.node.span)
        elif self.depth >= limits.DEPTH:
            self.too_deep(name.node.span)
            name.value = failed(name.node.span)
        else:
            value = self.variable(word, name.node)
            # A circle through it was found meanwhile and has given it a value.
            name.value = name.value or value
        return name.value

    def variable(self, word: str, written: Tree) -> Value:
        before = self.scope, self.literal, self.copies
        # It is worked out once, wherever it is used first.
        self.scope, self.literal, self.copies = self.root, False, 0
        self.open.append(word)
        self.depth += 1
        value = self.resolve(written)
        self.depth -= 1
        self.open.pop()
        self.scope, self.literal, self.copies = before
        return value

    def no_value(self, error: ExpressionError, node: ScalarNode) -> Value:
        at = self.at(_place_of(f"${error.name}", node) if error.name else node.span)
        self.report.add(error.code, error.message, at=at, help=self.expression_help(error))
        return failed(at)

    def expression_help(self, error: ExpressionError) -> str | None:
        if error.kind == "name":
            return self.scope.help(error.name)
        if error.kind == "syntax":
            return "`$$` writes a dollar sign; inside `{}` a comma ends a value unless it is quoted"
        return None

    def too_deep(self, span: Span) -> None:
        self.refuse(
            codes.TOO_DEEP,
            f"with variables and blocks the file is nested more than {limits.DEPTH} levels deep",
            span,
        )

    def too_many(self, span: Span) -> None:
        self.refuse(
            codes.TOO_MANY_NODES,
            f"variables, blocks and repeats put more than {limits.NODES:,} values into the file",
            span,
        )

    def refuse(self, code: Code, message: str, span: Span) -> None:
        if code not in self.refused:
            self.refused.add(code)
            self.report.add(code, message, at=span)


def variables(section: Tree | None) -> dict[str, Name]:
    """The names that ``vars`` defines."""
    seen: set[str] = set()
    entries = section.entries if isinstance(section, MapNode) else ()
    return {k.text: Name(f"variable `{k.text}`", v, None, seen) for k, v in entries}


def failed(span: Span) -> Value:
    """What stands for a value that could not be found."""
    # A number, because numbers stand in expressions.
    return Value(ScalarNode(1, span), failed=True)


def _origin(name: Name, value: Value) -> Origin:
    before = value.node.origin
    return Origin(name.what, name.node.span, (before,) if before else ())


def _after(origin: Origin, node: Tree) -> Origin:
    """An origin with that of the reference itself behind it."""
    return replace(origin, before=(*origin.before, node.origin)) if node.origin else origin


def _place_of(word: str, node: ScalarNode) -> Span:
    """Place of a word inside of a value, where the value stands as it was written."""
    span, text = node.span, str(node.value)
    if node.quoted or span.end_line != span.line or span.end_column - span.column != len(text):
        return span
    start = span.column + text.index(word)
    return replace(span, column=start, end_column=start + len(word))

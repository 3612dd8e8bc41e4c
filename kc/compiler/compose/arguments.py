"""What the parameters of a block stand for in one use of it."""

from __future__ import annotations

from collections.abc import Mapping

from kc.compiler.compose.blocks import Block, Parameter
from kc.compiler.compose.merge import brief
from kc.compiler.compose.scope import Name, Scope, Value
from kc.compiler.compose.variables import Resolver
from kc.core import codes
from kc.core.diagnostic import Label
from kc.core.span import Span
from kc.core.text import listing, nearest
from kc.core.tree import Key, MapNode, ScalarNode, Tree
from kc.schemas.misplaced import is_misplaced, stands_beside

_Given = Mapping[str, tuple[Key, Tree]]


def bind(block: Block, written: Tree, at: Span, resolver: Resolver) -> dict[str, Name] | None:
    """The names that the layers of a block see; None where the arguments do not fit.

    Args:
        block: the block.
        written: its arguments, as the item has them.
        at: the place of use.
        resolver: resolves the arguments where they stand.
    """
    value = resolver.resolve(written)
    given = None if value.failed else _given(block, value.node, at, resolver)
    if given is None:
        return None
    unknown = [key for name, (key, _) in given.items() if name not in block.parameters]
    for key in unknown:
        _report_unknown(block, key, value.node, resolver)
    names: dict[str, Name] = {}
    for parameter in block.parameters.values():
        if bound := _argument(block, parameter, given, names, at, resolver):
            what = f"parameter `{parameter.name}` of `{block.name}`"
            names[parameter.name] = Name(what, bound.node, bound, block.seen)
    complete = len(names) == len(block.parameters)
    return names if complete and not unknown else None


def _given(block: Block, value: Tree, at: Span, resolver: Resolver) -> _Given | None:
    """Arguments by parameter: a value alone is that of the first one."""
    if isinstance(value, MapNode):
        return {key.text: (key, node) for key, node in value.entries}
    if isinstance(value, ScalarNode) and value.value is None:
        return {}
    if first := next(iter(block.parameters), None):
        return {first: (Key(first, value.span), value)}
    resolver.report.add(
        codes.WRONG_TYPE,
        f"`{block.name}` takes no arguments",
        at=at,
        cause=Label(block.span, "defined here"),
        help="write the word alone",
    )
    return None


def _report_unknown(block: Block, key: Key, written: Tree, resolver: Resolver) -> None:
    match = nearest(key.text, block.parameters)
    known = listing(block.parameters) if block.parameters else "no parameters"
    help = f"did you mean `{match}`?" if match else f"it has {known}"
    if is_misplaced(key.text) and isinstance(written, MapNode):
        help = stands_beside(key.text, block.name, written)
    resolver.report.add(
        codes.UNKNOWN_KEY,
        f"`{block.name}` has no parameter `{key.text}`",
        at=key.span,
        cause=Label(block.span, "defined here"),
        help=help,
    )


def _argument(
    block: Block,
    parameter: Parameter,
    given: _Given,
    before: Mapping[str, Name],
    at: Span,
    resolver: Resolver,
) -> Value | None:
    if parameter.name in given:
        return _checked(parameter, given[parameter.name][1], resolver)
    if parameter.default is None:
        resolver.report.add(
            codes.MISSING_KEY,
            f"`{block.name}` needs `{parameter.name}`",
            at=at,
            label=f"`{parameter.name}` is missing here",
            cause=Label(parameter.span, f"{parameter.words}, defined here"),
            help=f"add `{parameter.name}: ...`",
        )
        return None
    # A default sees the parameters before it.
    with resolver.within(Scope(dict(before), resolver.root)):
        number = resolver.number if parameter.is_numeric else resolver.resolve
        value = number(parameter.default)
    return None if value.failed else value


def _checked(parameter: Parameter, given: Tree, resolver: Resolver) -> Value | None:
    value = resolver.calculated(given) if parameter.is_numeric else Value(given)
    if value.failed:
        return None
    if parameter.takes(value.node):
        return value
    resolver.report.add(
        codes.WRONG_TYPE,
        f"`{parameter.name}` cannot be {brief(value.node)}",
        at=value.node.span,
        label=f"expected {parameter.words}",
        cause=Label(parameter.span, "defined here"),
    )
    return None

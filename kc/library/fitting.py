"""What a layer is that finds some of its fields in data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import is_
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from kc.core.program import Call
from kc.core.registry import SpecModel
from kc.core.tree import Path
from kc.core.types import Shape, TensorType
from kc.library.layer import Item, Layer

if TYPE_CHECKING:
    import numpy as np
    from jax import Array

Part = TypeVar("Part")


class Fitting(Layer):
    """A layer with fields that are found in the training examples, unless the user gives them.

    Until then ``infer`` gives the output's type where it follows from the other fields, and raises
    ``ShapeError`` where it does not; ``lower`` is not called.
    """

    finds: ClassVar[tuple[str, ...]]
    """The fields that ``fit`` fills in; None means not found so far."""

    @property
    def fitted(self) -> bool:
        """Whether all fields are there that computing needs."""
        return all(getattr(self, name) is not None for name in self.finds)

    def fit(self, batches: Iterable[np.ndarray]) -> Self:
        """The same layer with the fields that these values of its input give.

        Args:
            batches: (examples, ...) NumPy, as the layer's input; ``str`` objects where it is text.
                They come once, because all of them may be more than memory holds.

        Raises:
            ShapeError: when the fields do not follow from such values.
        """
        raise NotImplementedError

    def with_fields(self, **found: object) -> Self:
        """The same layer, written at the same place, with other values of some fields."""
        return type(self).model_validate({**dict(self), **found}).at(self.span)


def stand_in(kind: TensorType) -> Call:
    """The call in the place of a layer that is not fitted, so that its model can be measured."""
    return Call(not_found, shape=kind.shape, dtype=kind.dtype)


def not_found(x: Array, *, shape: Shape, dtype: str) -> np.ndarray:
    """Zeros, or empty texts, of a layer's type."""
    import numpy as np

    fill, kind = ("", object) if dtype == "string" else (0, dtype)
    return np.full((x.shape[0], *shape), fill, kind)


def unfitted(part: object) -> list[Fitting]:
    """The layers in a part of a spec whose fields are to be found."""
    return [layer for layer in _fitting(part) if not layer.fitted]


def _fitting(part: object) -> Iterator[Fitting]:
    if isinstance(part, Fitting):
        yield part
    match part:
        case SpecModel():
            inside = vars(part).values()
        case dict():
            inside = cast("dict[str, object]", part).values()
        case tuple():
            inside = cast("tuple[object, ...]", part)
        case _:
            return
    for value in inside:
        # Most values are numbers and words: they are told without another generator.
        if isinstance(value, (SpecModel, dict, tuple)):
            yield from _fitting(cast("object", value))


def with_layers(part: Part, change: Callable[[Path, Layer], Layer], path: Path = ()) -> Part:
    """The same part of a spec with other layers.

    Args:
        part: a spec, an item, a layer, or what holds some.
        change: what comes in the place of a layer, from the path of its arguments in plain data.
        path: where the part stands in plain data.
    """
    whole: Any = part
    if isinstance(whole, Layer):
        path = (*path, whole.kind)
        whole = change(path, whole)
    match whole:
        case SpecModel():
            # The key of an item is its layer's kind.
            own = {n: path if isinstance(whole, Item) else (*path, n) for n, _ in whole}
            inside = {n: with_layers(v, change, own[n]) for n, v in whole}
            changed = {n: v for n, v in inside.items() if v is not getattr(whole, n)}
            return cast("Part", whole.model_copy(update=changed) if changed else whole)
        case Mapping():
            held = cast("Mapping[str, object]", whole)
            made = {key: with_layers(v, change, (*path, key)) for key, v in held.items()}
            return cast("Part", whole if all(made[key] is held[key] for key in held) else made)
        case tuple():
            items = cast("tuple[object, ...]", whole)
            parts = tuple(with_layers(v, change, (*path, i)) for i, v in enumerate(items))
            return cast("Part", whole if all(map(is_, parts, items)) else parts)
        case _:
            return whole

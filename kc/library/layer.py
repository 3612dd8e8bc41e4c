"""What a layer is: fields that users set, types that it infers, calls that it lowers to."""

# Without `from __future__ import annotations`, as in `kc/core/registry.py`.

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PrivateAttr
from pydantic_core import core_schema

from kc.core.program import Call
from kc.core.reference import FAMILY, EntryOf, build, errors, refusal, unknown_entry, write_entry
from kc.core.registry import Entry, SpecModel, find
from kc.core.span import Span
from kc.core.tree import WrittenMap
from kc.core.types import Inferred, Precision, Shape, TensorType
from kc.library.fields import Name
from kc.library.initial import Initial, InitialField

Masking = Literal["pass", "end", "none"]


@dataclass(frozen=True, slots=True)
class Mask:
    """A boolean value beside another one, true at the places that count."""

    value: str
    """Its name in the program."""
    shape: Shape
    """The first axes of what it masks, without the batch."""


@dataclass(frozen=True, slots=True)
class MadeMask:
    """A mask that a layer makes: a function of the layer's inputs, and of their ``masks``."""

    call: Call
    shape: Shape


class Layer(Entry, family="layer"):
    """A node of a model.

    A regularizer that it holds as ``activity_regularizer``, in a field or a property, adds the
    penalty of its output to the loss.
    """

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most inputs; None means any number."""
    frozen_infers: ClassVar[bool] = False
    """Whether a layer that is not trained behaves as outside of training, as in Keras."""
    takes_text: ClassVar[bool] = False
    """Whether inputs may be strings. Such a layer runs on the host, and its calls are of functions
    of NumPy arrays.
    """
    in_float32: ClassVar[bool] = False
    """Whether it computes in float32 also where the model does not, as sums over many numbers do.
    """
    masking: ClassVar[Masking] = "none"
    """What becomes of a mask that comes with the input: ``pass`` hands it on with the output,
    ``end`` does not, ``none`` cannot take one.
    """

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        """The mask of the output: one of the inputs' masks, one to be computed, or none.

        Asked for every layer, whether a mask arrives or not; by default as ``masking`` says.

        Raises:
            ShapeError: when the layer cannot take these masks.
        """
        return masks[0] if self.masking == "pass" else None

    def computes_in(self, precision: Precision) -> Precision:
        """The precision that it computes in where the spec asks for this one.

        Its function gets floats and weights of this precision and gives back floats of it. Layer
        state stays in float32.
        """
        return "float32" if self.in_float32 or self.takes_text else precision

    @property
    def called(self) -> str:
        """What an item without a name is called after."""
        return self.kind

    def parts(self) -> Sequence[str]:
        """Names of its outputs, where it has several; ``Inferred.parts`` holds all but the first.
        ``from`` then has to say which is meant: ``NAME.state_h``.
        """  # noqa: D205
        return ()

    def infer(self, x: TensorType, /) -> Inferred:
        """Output type, weights, state and cost for inputs of these types; no JAX here.

        Raises:
            ShapeError: when the layer cannot take such an input.
        """
        raise NotImplementedError

    def lower(self) -> Call | Sequence[Call]:
        """The calls that compute the layer: the first takes inputs, weights and state, each
        further one the result of the one before it.
        """  # noqa: D205
        raise NotImplementedError


LayerField = Annotated[Layer, EntryOf("layer")]
"""A layer inside of another one."""


class Composite(Layer):
    """A layer that is written as other layers; the graph holds those instead."""

    def expand(self) -> "Sequence[Item]":
        """The items it stands for. ``input`` names its input, the last item is its output."""
        raise NotImplementedError

    @property
    def inside(self) -> Sequence[str]:
        """What its items call the inputs, where it has several; one alone is `input`."""
        return ()


class Item(SpecModel):
    """One item of a list of layers."""

    layer: Layer | None = None
    """The entry; None where ``use`` names a shared part."""
    name: Name | None = None
    """How `from`, `outputs`, logs and weights call the item; by default its kind and a number."""
    inputs: tuple[str, ...] | None = None
    """What `from` names; by default the item before."""
    use: str | None = None
    """The shared part that the item uses."""
    trainable: bool = True
    """Whether training changes its weights."""
    precision: Precision | None = None
    """What it computes in; by default as the model does."""
    remat: bool = False
    """Whether the backward pass computes it again, in place of keeping what is made inside."""
    initial: Annotated[Initial, InitialField()] | None = None
    """First values of its weights; by default its initializers make them."""

    _written: Mapping[str, object] = PrivateAttr(default_factory=dict[str, object])
    """Values of the reserved keys as they were read."""

    def place(self, key: str, index: int = 0) -> Span | None:
        """Where the value of a reserved key was written, or one of a list; else the item itself."""
        value: Any = self._written.get(key)
        if isinstance(value, tuple):
            value = cast("tuple[Any, ...]", value)[index]
        return getattr(value, "span", None) or self.span

    def written_as(self, values: Mapping[str, object]) -> "Item":
        """The same, read from these reserved keys."""
        self._written = values
        return self


RESERVED = {
    "name": "how `from`, `outputs`, logs and weights call the item",
    "from": "the input or inputs, by name; by default the item before",
    "use": "a part of `model.shared`; all its uses have the same weights",
    "trainable": "whether training changes the weights of the item; true by default",
    "precision": "what the item computes in: `float32`, `bfloat16`, `float16`; by default as "
    "`model.precision` says",
    "remat": "whether the backward pass computes the item again in place of keeping what is made "
    "inside, which takes less memory and more time; false by default",
    "initial": "first values of the weights: a file, or numbers or a file for each weight by name",
    "repeat": "how often the item stands, one after another, each time with weights of its own; "
    "`$i` counts from 0",
    "for": "names with lists: the item stands once for each of their values, one after another",
    "when": "whether the item is there: true, false, or a condition over `$names`",
}
"""Keys that stand beside the entry key of an item, and what they mean."""
COMPOSED = ("repeat", "for", "when")
"""Reserved keys that are resolved before anything is validated."""
_AS_WRITTEN = ("name", "use", "trainable", "precision", "remat", "initial")
"""Reserved keys that are fields of an item under the same name."""


def read_item(value: object) -> Item:
    """An item from its plain form: a word, or a map of one entry key and reserved keys.

    Raises:
        ValidationError: with locations that begin at the item.
    """
    if isinstance(value, Item):
        return value
    if isinstance(value, Layer):
        return Item(layer=value)
    if isinstance(value, str):
        span = getattr(value, "span", None)
        return Item(layer=_read_layer(str(value), None, value, span)).at(span)
    if not isinstance(value, Mapping):
        raise refusal("not_an_entry", "expected a layer: a word, or a map of one key")
    item = cast("Mapping[str, object]", value)
    kinds = [key for key in item if key not in RESERVED or key in COMPOSED]
    kind = _entry_key(item, kinds)
    spans: Mapping[str, Span] = item.key_spans if isinstance(item, WrittenMap) else {}
    layer = None if kind is None else _read_layer(kind, item[kind], item, spans.get(kind))
    fields: dict[str, object] = {"layer": layer}
    fields |= {key: item[key] for key in _AS_WRITTEN if key in item}
    if "from" in item:
        fields["inputs"] = (item["from"],) if isinstance(item["from"], str) else item["from"]
    span = spans.get(kind or "use") or (item.span if isinstance(item, WrittenMap) else None)
    beside = {key: item[key] for key in RESERVED if key in item}
    return Item.model_validate(fields).at(span).written_as(beside)


def _entry_key(item: Mapping[str, object], kinds: list[str]) -> str | None:
    """The one key that names the layer; None where ``use`` takes its place."""
    known = [kind for kind in kinds if _is_layer(kind)]
    if "use" in item:
        if kinds:
            raise errors(("two_entries", (kinds[0],), f"`use` and `{kinds[0]}` in one item", item))
        if item["use"] is None:
            raise refusal("no_entry", "`use` names no shared part")
        return None
    if len(known) > 1:
        raise errors(
            ("two_entries", (known[1],), f"two layers in one item: `{known[0]}` and `{known[1]}`",
             item)
        )  # fmt: skip
    if len(known) == 1:
        unknown = [kind for kind in kinds if kind != known[0]]
        if unknown:
            known_keys = tuple(key for key in RESERVED if key not in COMPOSED)
            context: dict[str, object] = {"known": known_keys}
            raise errors(
                *(("unknown_item_key", (key,), f"unknown key `{key}`", item, context)
                  for key in unknown)
            )  # fmt: skip
        return known[0]
    if not kinds:
        raise refusal("no_entry", "the item names no layer")
    raise errors(unknown_entry("layer", kinds[0], item))


def _is_layer(kind: str) -> bool:
    return find(kind, "layer", "activation") is not None


def _read_layer(kind: str, arguments: object, value: object, span: Span | None) -> Layer:
    cls = find(kind, "layer", "activation")
    if cls is None:
        raise errors(unknown_entry("layer", kind, value))
    entry = build(cls, arguments, span)
    if not isinstance(entry, Layer):
        # `- relu` is `- activation: relu`.
        wrapper = cast("Callable[[Entry], Layer]", find("activation", "layer"))
        return wrapper(entry).at(span)
    return entry


def write_item(item: Item) -> object:
    """The plain form of an item."""
    written = {} if item.layer is None else write_entry(item.layer)
    beside: dict[str, object] = {"use": item.use, "name": item.name, "precision": item.precision}
    if item.inputs is not None:
        beside["from"] = item.inputs[0] if len(item.inputs) == 1 else item.inputs
    if not item.trainable:
        beside["trainable"] = False
    if item.remat:
        beside["remat"] = True
    if item.initial is not None:
        beside["initial"] = item.initial.written()
    beside = {key: value for key, value in beside.items() if value is not None}
    if not beside:
        return written
    entry = {written: {}} if isinstance(written, str) else cast("dict[str, object]", written)
    return {**entry, **beside}


class ItemField:
    """Annotation of a field that takes items: ``Annotated[Item, ItemField()]``."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            read_item, serialization=core_schema.plain_serializer_function_ser_schema(write_item)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {FAMILY: "item"}


@cache
def lists_of_items(cls: type[Entry]) -> Sequence[str]:
    """The fields of an entry that hold items."""
    return tuple(
        name
        for name, field in cls.model_fields.items()
        if any(
            isinstance(mark, ItemField)
            for inner in get_args(field.annotation)
            for mark in getattr(inner, "__metadata__", ())
        )
    )

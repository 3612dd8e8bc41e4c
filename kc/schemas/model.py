"""The section ``model``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from kc.core.registry import SpecModel
from kc.core.types import DType, Precision, TensorType
from kc.library.draws import Distribution
from kc.library.fields import MOST, NAME, Name
from kc.library.layer import Item, ItemField
from kc.schemas.shape import Shape, sizes_of

Items = tuple[Annotated[Item, ItemField()], ...]


class Input(SpecModel):
    """An input of the model."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["random"], "properties": {"random": {"type": "string"}}},
            "then": {
                "properties": {
                    "dtype": {"not": {"enum": sorted({*get_args(DType)} - {"float32"})}},
                    "shape": {
                        "items": {"not": {"type": ["null", "string"], "pattern": NAME.pattern}}
                    },
                }
            },
        }
    )

    shape: Shape
    """Its shape without the batch: numbers, and names or null where only the data know a size. The
    same name means the same size."""
    dtype: DType = "float32"
    """Type of its elements."""
    random: Distribution | None = None
    """How training draws it, where the data do not have it; `predict` takes it as any input."""

    @model_validator(mode="after")
    def _draws_floats(self) -> Input:
        if self.random is not None and self.dtype != "float32":
            raise ValueError("only an input of floats can be `random`")
        if self.random is not None and not all(isinstance(n, int) for n in self.shape):
            raise ValueError("an input that is `random` needs a number for each axis")
        return self


def _input(value: object) -> object:
    return value if isinstance(value, Mapping | Input) else {"shape": value}


class Model(SpecModel):
    """A graph of layers, as a list."""

    inputs: Annotated[
        dict[Name, Annotated[Input, BeforeValidator(_input, json_schema_input_type=Input | Shape)]],
        Field(min_length=1, max_length=MOST),
    ]
    """Inputs by name: a shape without the batch, or ``{shape: [...], dtype: int32}``."""
    shared: dict[Name, Annotated[Items, Field(min_length=1)]] = {}
    """Lists of layers that ``use`` names; every use has the same weights."""
    layers: Annotated[Items, Field(min_length=1)]
    """The layers: each takes the output of the one before, or of what ``from`` names."""
    outputs: (
        str
        | Annotated[tuple[str, ...], Field(max_length=MOST)]
        | Annotated[dict[Name, str], Field(max_length=MOST)]
        | None
    ) = None
    """The item or items that the model returns; by default the last."""
    precision: Precision = "float32"
    """What floats are inside of the layers. Weights, inputs, outputs and losses are float32 in any
    case; halves take half the memory, and less time where the device has units for them."""

    def input_types(self) -> dict[str, TensorType]:
        """Types of the inputs, in which names and null are unknown sizes."""
        shapes = sizes_of({name: written.shape for name, written in self.inputs.items()})
        return {name: TensorType(shapes[name], i.dtype) for name, i in self.inputs.items()}

    def output_names(self) -> Mapping[str, str] | None:
        """Items by output name; None for the default."""
        match self.outputs:
            case None:
                return None
            case str(name):
                return {name: name}
            case tuple() as names:
                return {name: name for name in names}
            case _ as mapping:
                return mapping

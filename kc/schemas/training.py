"""The section ``training``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    Tag,
    WrapSerializer,
    field_validator,
    model_validator,
)

from kc.core.registry import SpecModel, find
from kc.library.callback import CallbackField
from kc.library.fields import MOST, Name, NonNegativeFloat, PositiveInt, Seed
from kc.library.loss import LossField
from kc.library.metric import MetricField
from kc.library.mixing import MixingField
from kc.library.optimizer import OptimizerField
from kc.library.optimizers.rmsprop import RMSprop
from kc.library.remedies import RemedyField, Stop

Metrics = tuple[MetricField, ...]


MAX_PATTERNS = 100
MAIN = "main"
"""Name of the optimizer of an only phase, which moves what no group names."""
ONLY = ""
"""Key that stands for the only output, whatever its name."""


def _loss_by_output(value: object) -> object:
    """Tells a map from outputs to losses from one loss with arguments."""
    if not isinstance(value, Mapping):
        return {ONLY: value}
    losses = cast("Mapping[str, object]", value)
    only = len(losses) == 1 and find(next(iter(losses)), "loss") is not None
    return {ONLY: losses} if only else losses


def _metrics_by_output(value: object) -> object:
    return cast("object", value) if isinstance(value, Mapping) else {ONLY: value}


def _unwrap(value: object, handler: SerializerFunctionWrapHandler) -> object:
    plain = handler(value)
    return plain[ONLY] if set(plain) == {ONLY} else plain


MetricsByOutput = Annotated[
    dict[str, Metrics],
    BeforeValidator(_metrics_by_output, json_schema_input_type=Metrics | dict[str, Metrics]),
    WrapSerializer(_unwrap),
]


def _any_key(*keys: str) -> list[JsonValue]:
    """What the JSON Schema says of a map that has to hold one of these."""
    return [{"required": [key]} for key in keys]


def _given(key: str) -> JsonValue:
    return {"required": [key], "properties": {key: {"not": {"type": "null"}}}}


ClassWeights = Annotated[
    Annotated[Literal["balanced"], Tag("str")]
    | Annotated[
        dict[Annotated[str, Field(pattern=r"^[0-9]+$")], NonNegativeFloat],
        Tag("dict"),
    ],
    Discriminator(lambda value: "str" if isinstance(value, str) else "dict"),
]


class Term(SpecModel):
    """A term of what is minimized, of any value of the model."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"allOf": [_given("loss"), _given("target")]},
                {"not": {"anyOf": [_given("loss"), _given("target")]}},
            ]
        }
    )

    value: str
    """The item, output or input whose value counts."""
    loss: LossField | None = None
    """How it is compared with `target`; without one, its mean is minimized."""
    target: float | str | None = None
    """A number, or the item or input whose value it should have."""
    weight: float = 1.0
    """Factor in the total."""
    name: Name | None = None
    """How logs call it; by default as its value. `_loss` is added."""

    @model_validator(mode="after")
    def _compares(self) -> Term:
        if self.loss is not None and self.target is None:
            raise ValueError(
                "`loss` needs a `target`: a number, an input or an item; a loss against the data's "
                "target stands in `training.loss`, by output"
            )
        if self.loss is None and self.target is not None:
            raise ValueError("`target` needs a `loss` that compares with it")
        return self


class Group(SpecModel):
    """Layers with an optimizer of their own."""

    layers: Annotated[tuple[str, ...], Field(min_length=1)]
    """Their names; a name stands for all inside of it, `*` for any letters."""
    optimizer: OptimizerField
    """What moves their weights."""


class Objective(SpecModel):
    """What is minimized, and how."""

    loss: Annotated[
        dict[str, LossField],
        Field(min_length=1),
        BeforeValidator(_loss_by_output, json_schema_input_type=LossField | dict[str, LossField]),
        WrapSerializer(_unwrap),
    ] = {}
    """What is minimized; with several outputs a map from output to loss."""
    loss_weights: dict[str, NonNegativeFloat] = {}
    """Factors of the losses in the total, by output; 1 by default."""
    terms: Annotated[tuple[Term, ...], Field(max_length=MOST)] = ()
    """Further terms, of any value of the model."""
    optimizer: OptimizerField = RMSprop.default()
    """How gradients become updates."""
    groups: Annotated[
        dict[Name, Group], Field(json_schema_extra={"propertyNames": {"not": {"const": MAIN}}})
    ] = {}
    """Layers that another optimizer moves, by a name for them."""

    @property
    def idle(self) -> Sequence[str]:
        return () if self.loss else ("loss",)

    @field_validator("groups")
    @classmethod
    def _free_name(cls, groups: dict[str, Group]) -> dict[str, Group]:
        if MAIN in groups:
            raise ValueError(f"`{MAIN}` is what no group names: choose another name")
        return groups


class Phase(Objective):
    """A part of every training step."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _any_key("loss", "terms")})

    trains: Annotated[tuple[str, ...], Field(min_length=1)]
    """The layers that it moves: names as in `groups`."""
    repeat: Annotated[int, Field(ge=1, le=16)] = 1
    """How often it runs on each batch."""

    @model_validator(mode="after")
    def _minimizes(self) -> Phase:
        if not self.loss and not self.terms:
            raise ValueError("a phase needs a `loss` or `terms`")
        return self


class Training(Objective):
    """How the model is trained."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": _any_key("loss", "terms", "phases"),
            "not": {
                "required": ["phases"],
                "properties": {"phases": {"minProperties": 1}},
                "anyOf": _any_key(*Objective.model_fields),
            },
        }
    )

    phases: dict[Name, Phase] = {}
    """Parts of a step that move different layers for different losses, one after another on the
    same batch, as in adversarial training; in place of `loss`, `terms` and `optimizer`."""
    class_weight: ClassWeights = {}
    """How much examples of a class count in training, by the class's number; 1 by default.
    `balanced` finds weights in the training examples that let all classes count the same."""
    mix: Annotated[tuple[MixingField, ...], Field(max_length=MOST)] = ()
    """What blends the examples of each batch in training, images and targets alike; one after
    another. Targets are classes, by number or as one-hot rows, or other numbers of an image."""
    metrics: MetricsByOutput = {}
    """What else is measured; with several outputs a map from output to a list."""
    weighted_metrics: MetricsByOutput = {}
    """Metrics in which examples count with their weights."""
    batch_size: PositiveInt = 32
    """Examples per step."""
    epochs: PositiveInt = 1
    """How often training goes through the examples, or through `steps_per_epoch` steps."""
    steps_per_epoch: PositiveInt | None = None
    """Steps after which an epoch ends; the next one goes on where it ended. By default an epoch is
    one pass over the training examples."""
    validation_freq: PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = 1
    """Which epochs end with validation: every so many, or those with these numbers."""
    validation_steps: PositiveInt | None = None
    """How many batches validation takes, always the first ones; by default all."""
    shuffle: bool = True
    """Whether each pass over the examples has its own random order."""
    seed: Seed = 0
    """Number from which first weights, orders and dropouts follow."""
    on_nan: RemedyField = Stop.default()
    """What happens when a loss, a gradient or a weight is not finite."""
    callbacks: Annotated[tuple[CallbackField, ...], Field(max_length=MOST)] = ()
    """What watches the run. Progress and checkpoints are there by default."""

    @model_validator(mode="after")
    def _few_names(self) -> Training:
        # Each is compared with each layer.
        objectives = self.objectives().values()
        names = [phase.trains for phase in self.phases.values()]
        names += [group.layers for objective in objectives for group in objective.groups.values()]
        if sum(map(len, names)) > MAX_PATTERNS:
            raise ValueError(
                f"phases and groups name layers more than {MAX_PATTERNS} times: use `*`, or the "
                "name of what is around them"
            )
        return self

    @model_validator(mode="after")
    def _minimizes(self) -> Training:
        if not (self.loss or self.terms or self.phases):
            raise ValueError("something has to be minimized: a `loss`, `terms` or `phases`")
        own = self.model_fields_set & {*self.idle}
        if self.phases and own:
            raise ValueError(f"with `phases`, each of them has its own `{min(own)}`")
        return self

    @property
    def idle(self) -> Sequence[str]:
        return tuple(Objective.model_fields) if self.phases else super().idle

    @property
    def class_weights(self) -> Mapping[str, float]:
        """The weights of classes by number; none where they are still to be found."""
        return {} if self.class_weight == "balanced" else self.class_weight

    def objectives(self) -> Mapping[str, Objective]:
        """What each phase minimizes, by its name; empty for the only one."""
        return self.phases or {"": self}

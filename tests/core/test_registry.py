import pytest
from pydantic import ValidationError

from kc.core.reference import write_entry
from kc.core.registry import Entry, entries, families, field_docs
from kc.core.span import SourceText, Span
from kc.library.layers.dense import Dense
from kc.library.layers.flatten import Flatten

EVERY_ENTRY = [
    pytest.param(entry, id=f"{family}-{kind}")
    for family, known in families().items()
    for kind, entry in known.items()
]


def test_the_library_is_found_by_walking_it():
    assert {"layer", "loss", "metric", "optimizer", "source", "callback"} <= set(families())
    assert entries("layer")["dense"] is Dense


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_every_entry_knows_its_family_and_kind(entry):
    assert families()[entry.family][entry.kind] is entry


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_every_entry_and_each_of_its_fields_is_documented(entry):
    assert entry.__doc__
    assert set(field_docs(entry)) == set(entry.model_fields)


def test_arguments_by_position_fill_the_fields_in_order():
    assert Dense(8, None, False) == Dense(units=8, use_bias=False)


def test_too_many_arguments_are_refused():
    with pytest.raises(TypeError, match="flatten takes at most 1 argument"):
        Flatten("channels_last", 2)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"units": "64"}, id="text for a number"),
        pytest.param({"units": 64.0}, id="a fraction"),
        pytest.param({"units": True}, id="a truth value"),
        pytest.param({"units": 0}, id="zero"),
        pytest.param({"units": 10**30}, id="a huge number"),
        pytest.param({"units": 4, "use_bias": "no"}, id="a word for a truth value"),
        pytest.param({"units": 4, "unit": 4}, id="an unknown field"),
    ],
)
def test_types_are_strict(fields):
    with pytest.raises(ValidationError):
        Dense(**fields)


def test_an_entry_is_frozen():
    with pytest.raises(ValidationError):
        Dense(8).units = 9


def test_where_an_entry_was_written_is_no_part_of_what_it_means():
    place = Span(SourceText("spec.yaml", ""), 1, 1, 1, 1)
    assert Dense(8).at(place) == Dense(8)
    assert Dense(8).at(place).span is place
    assert Dense(8) != Dense(9)


def test_arguments_are_those_that_differ_from_the_defaults():
    assert Dense(8, use_bias=True).arguments() == {"units": 8}
    assert Dense(8, activation="relu").arguments() == {"units": 8, "activation": "relu"}


@pytest.mark.parametrize(
    ("entry", "written"),
    [(Flatten(), "flatten"), (Dense(8), {"dense": {"units": 8}})],
)
def test_an_entry_is_written_in_its_shortest_form(entry, written):
    assert write_entry(entry) == written


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(TypeError, match="two layers are called `dense`"):

        class Other(Dense, kind="dense"):
            """Another one."""


def test_an_entry_of_a_new_family_is_known():
    class Colour(Entry, family="test_colour"):
        """A colour."""

    try:

        class Red(Colour, kind="red"):
            """The colour red."""

        assert entries("test_colour") == {"red": Red}
    finally:
        families().pop("test_colour")

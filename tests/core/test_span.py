import pytest

from kc.core.span import SourceText, Span

TEXT = SourceText("spec.yaml", "a: 1\r\nb: 2\n\nlast")


@pytest.mark.parametrize(
    ("number", "line"),
    [(0, ""), (1, "a: 1"), (2, "b: 2"), (3, ""), (4, "last"), (5, ""), (-1, "")],
)
def test_lines_count_from_one_and_have_no_end(number, line):
    assert TEXT.line(number) == line


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_break_where_yaml_breaks_them(character):
    """Python breaks lines at more characters than YAML does; spans count YAML's."""
    text = SourceText("spec.yaml", f"a: x{character}y\nb: 2")
    breaks = character in "\x85\u2028"
    assert text.line(3 if breaks else 2) == "b: 2"


def test_a_span_prints_as_editors_read_it():
    span = Span(TEXT, 2, 4, 2, 5)
    assert str(span) == "spec.yaml:2:4"
    assert span.file_line == "spec.yaml:2"


def test_equal_places_of_different_texts_differ():
    other = SourceText("spec.yaml", TEXT.text)
    assert Span(TEXT, 1, 1, 1, 2) == Span(TEXT, 1, 1, 1, 2)
    assert Span(TEXT, 1, 1, 1, 2) != Span(other, 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("offset", "position"),
    [(0, (1, 1)), (3, (1, 4)), (6, (2, 1)), (12, (4, 1)), (16, (4, 5))],
)
def test_a_character_has_a_line_and_a_column(offset, position):
    assert TEXT.position(offset) == position

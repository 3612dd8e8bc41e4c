"""Lines break where ruff breaks them; ``test_golden`` asks ruff itself."""

from __future__ import annotations

from kc.emit.layout import Brackets, statement


def test_short_statements_stay_on_one_line():
    assert statement(Brackets("y = f(", ["x", "a=1"], ")")) == ["    y = f(x, a=1)"]


def test_items_move_to_a_line_of_their_own():
    items = ["x" * 42, "y" * 42]
    assert statement(Brackets("result = f(", items, ")")) == [
        "    result = f(",
        f"        {', '.join(items)}",
        "    )",
    ]


def test_many_items_have_a_line_each():
    items = ["x" * 40, "y" * 40, Brackets("function(", ["z" * 86], ")")]
    assert statement(Brackets("f(", items, ")"), depth=0) == [
        "f(",
        f"    {'x' * 40},",
        f"    {'y' * 40},",
        "    function(",
        f"        {'z' * 86}",
        "    ),",
        ")",
    ]


def test_a_statement_of_the_line_length_stays():
    name = "x" * 98
    assert statement(Brackets("f(", [name[:-1]], ")"), depth=0) == [f"f({name[:-1]})"]
    assert len(statement(Brackets("f(", [name], ")"), depth=0)) == 3


def test_exploded_items_have_a_line_each():
    assert statement(Brackets("d = {", ['"a": 1'], "}", exploded=True)) == [
        "    d = {",
        '        "a": 1,',
        "    }",
    ]

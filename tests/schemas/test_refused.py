"""What kc does not have on purpose is refused with the reason."""

from __future__ import annotations

import pytest

from kc.compiler.pipeline import check
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from kc.library.refused import REFUSED


@pytest.mark.parametrize("kind", REFUSED["layer"])
def test_a_refused_layer_says_why(kind):
    report = Report()
    text = f"kc: 1\nmodel: {{inputs: {{x: [2]}}, layers: [{{{kind}: {{}}}}]}}\n"
    check(SourceText("spec.yaml", text), (), report)
    (found,) = report
    assert found.code.id == "KC105"
    assert found.help == REFUSED["layer"][kind]

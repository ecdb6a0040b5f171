"""All methods' parameters as one table: nothing that a method takes is lost, and every method keeps its own defaults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nst_core.schema import Choice, Method, Parameter
from plugin.common import union


def number(name: str, default: float, low: float, high: float) -> Parameter:
    return Parameter(name, "float", default, name, "", low, high)


def model(*names: str) -> Parameter:
    return Parameter("model", "choice", names[0], "Model", "", choices=tuple(Choice(name, name.upper()) for name in names))


QUICK = Method("quick", "Quick", "", 1, (number("strength", 1, 0, 1), number("size", 0, 0, 100)))
SLOW = Method("slow", "Slow", "", 1, (model("a", "b"), number("size", 50, 10, 500), number("steps", 20, 1, 90)))
OTHER = Method("other", "Other", "", 0, (model("c", "b"), number("strength", 0.5, 0, 2)))
TABLE = union.united([QUICK, SLOW, OTHER])
UNTOUCHED = {name: parameter.default for name, parameter in TABLE.items()}


def test_union_takes_what_any_method_takes():
    assert list(TABLE) == ["strength", "size", "model", "steps"]
    for method in (QUICK, SLOW, OTHER):
        for parameter in method.parameters:
            taken: list[object] = [choice.value for choice in parameter.choices] or [
                parameter.low,
                parameter.default,
                parameter.high,
            ]
            assert all(TABLE[parameter.name].check(value) == value for value in taken)
    assert [choice.label for choice in TABLE["model"].choices] == ["A", "B", "C"]


def test_union_refuses_one_name_for_two_kinds():
    with pytest.raises(ValueError, match="size is float in one method and choice in another"):
        union.united([QUICK, Method("x", "X", "", 1, (replace(model("a"), name="size"),))])


@pytest.mark.parametrize("method", [QUICK, SLOW, OTHER], ids=lambda method: method.name)
def test_what_a_script_leaves_out_is_the_methods_own_default(method: Method):
    assert union.completed(method, UNTOUCHED, TABLE) == method.defaults
    named = {**UNTOUCHED, "size": 99}
    assert union.completed(method, named, TABLE) == {**method.defaults, **({"size": 99} if "size" in method.defaults else {})}


def test_what_somebody_has_seen_is_sent_as_it_stands():
    assert union.chosen(SLOW, UNTOUCHED) == {"model": "a", "size": 0, "steps": 20}


def test_change_of_method_keeps_what_was_set_and_fits():
    seen = {**UNTOUCHED, "strength": 0.3, "size": 70.0}
    assert union.chosen(SLOW, union.adapted(seen, QUICK, SLOW)) == {"model": "a", "size": 70.0, "steps": 20}
    assert union.chosen(OTHER, union.adapted(seen, QUICK, OTHER)) == {"model": "c", "strength": 0.3}


def test_change_of_method_gives_what_was_not_set_the_new_default():
    assert union.adapted(UNTOUCHED, QUICK, SLOW)["size"] == 50
    assert union.adapted(UNTOUCHED, QUICK, OTHER)["strength"] == 0.5
    assert union.adapted({**UNTOUCHED, "strength": 1.7}, OTHER, QUICK)["strength"] == 1
    assert union.adapted({**UNTOUCHED, "model": "b"}, SLOW, OTHER)["model"] == "b"

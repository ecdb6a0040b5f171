"""All methods' parameters as one table, for a host that keeps one value under each name whichever the method is.

Methods and parameters are the engine's (`nst_core.schema`); a name means the same in every method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any


def united(methods: Iterable[Any]) -> dict[str, Any]:
    """Every parameter of `methods` by its name: with the widest range, all choices, and the first one's default."""
    table: dict[str, Any] = {}
    for method in methods:
        for parameter in method.parameters:
            known = table.get(parameter.name)
            table[parameter.name] = parameter if known is None else _both(known, parameter)
    return table


def completed(method: Any, values: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """What a script wants of `method`: of `values`, those that the method has; what stands at the table's default was
    not named, so the method's own default counts."""
    return {
        parameter.name: parameter.default if values[parameter.name] == table[parameter.name].default else values[parameter.name]
        for parameter in method.parameters
    }


def chosen(method: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody wants who has seen the values: all of `values` that the method has."""
    return {parameter.name: values[parameter.name] for parameter in method.parameters}


def adapted(values: Mapping[str, Any], old: Any, new: Any) -> dict[str, Any]:
    """`values` for the change from the method `old` to `new`: what the user has set stays as far as it fits, all else is
    the new method's default."""
    before = {parameter.name: parameter.default for parameter in old.parameters}
    out = dict(values)
    for parameter in new.parameters:
        value = values[parameter.name]
        untouched = parameter.name in before and value == before[parameter.name]
        if untouched or not fits(parameter, value):
            out[parameter.name] = parameter.default
    return out


def fits(parameter: Any, value: Any) -> bool:
    """Whether the parameter takes the value, which is of its kind."""
    if parameter.kind == "choice":
        return any(choice.value == value for choice in parameter.choices)
    return bool(parameter.low <= value <= parameter.high)


def _both(one: Any, other: Any) -> Any:
    """`one` with room for what `other` takes; ValueError when they are of different kinds and can't share a value."""
    if one.kind != other.kind:
        raise ValueError(f"parameter {one.name} is {one.kind} in one method and {other.kind} in another")
    new = tuple(choice for choice in other.choices if not fits(one, choice.value))
    return replace(one, low=min(one.low, other.low), high=max(one.high, other.high), choices=one.choices + new)

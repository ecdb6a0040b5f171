"""What is remembered in kritarc from one time to the next."""

from __future__ import annotations

from typing import Any

from krita import Krita

from .nst_core import errors, schema

GROUP = "style_transfer"


def read(name: str, default: str = "") -> str:
    """What was remembered as `name`."""
    return Krita.instance().readSetting(GROUP, name, default)


def write(name: str, value: str) -> None:
    """Remember `value` as `name`."""
    Krita.instance().writeSetting(GROUP, name, value)


def read_parameters(method: schema.Method) -> dict[str, Any]:
    """The method's parameters as they were left; the default where nothing, or nothing that still fits, is remembered."""
    return {parameter.name: _checked(parameter, read(f"{method.name}.{parameter.name}")) for parameter in method.parameters}


def write_parameters(method: schema.Method, values: dict[str, Any]) -> None:
    """Remember the method's parameters."""
    for name, value in values.items():
        write(f"{method.name}.{name}", str(value))


def _checked(parameter: schema.Parameter, text: str) -> Any:
    try:
        return parameter.check(text)
    except errors.UsageError:
        return parameter.default

"""The order that was applied last, for "Apply again": kept in kritarc, and read as warily as anything from a file."""

from __future__ import annotations

import json

from . import keeping, settings
from .common.styles import from_json, to_json
from .nst_core import errors, schema
from .order import Order

NAME = "last_order"


def keep(order: Order) -> None:
    """Remember `order` as the last one."""
    told = {"method": order.method, "styles": to_json(order.styles), "parameters": order.parameters}
    settings.write(NAME, json.dumps(told))


def read() -> Order | None:
    """The last order; None when there was none, or it was another version's and fits no more."""
    try:
        told = json.loads(settings.read(NAME, "null"))
        parameters = schema.check(told["method"], told["parameters"])
        styles = told["styles"] if "styles" in told else [one for one in [told["style"]] if one]  # as versions before wrote it
        return Order(told["method"], from_json(styles, keeping.samples_folder()), parameters)
    except (ValueError, TypeError, KeyError, errors.UsageError):
        return None

"""The order that was applied last, for "Apply again": kept in kritarc, and read as warily as anything from a file."""

from __future__ import annotations

import json

from . import settings
from .journey import Order
from .nst_core import errors, schema

NAME = "last_order"


def keep(order: Order) -> None:
    """Remember `order` as the last one."""
    told = {"method": order.method, "style": order.style, "parameters": order.parameters}
    settings.write(NAME, json.dumps(told))


def read() -> Order | None:
    """The last order; None when there was none, or it was another version's and fits no more."""
    try:
        told = json.loads(settings.read(NAME, "null"))
        parameters = schema.check(told["method"], told["parameters"])
        return Order(told["method"], str(told["style"]), parameters)
    except (ValueError, TypeError, KeyError, errors.UsageError):
        return None

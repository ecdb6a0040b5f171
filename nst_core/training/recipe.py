"""Recipes: what makes a run what it is, as options of the command line and as facts in its checkpoints.

A recipe is a frozen dataclass of plain values with one more in it, `weights`, for what each term of its loss counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

Made = TypeVar("Made", bound=Any)


def remade(default: Made, facts: Mapping[str, Any], changes: Mapping[str, Any]) -> Made:
    """The recipe in a checkpoint's facts, with `changes`; those under `weights` change single weights."""
    values, weights = {}, {}
    for source in (facts, changes):
        values.update({one.name: source[one.name] for one in fields(default) if one.name in source and one.name != "weights"})
        chosen = source.get("weights", {})
        weights.update({one.name: chosen[one.name] for one in fields(default.weights) if one.name in chosen})
    return replace(default, **values, weights=replace(default.weights, **weights))


def add_options(command: argparse.ArgumentParser, default: Any) -> None:
    """An option for every value of the recipe and of its weights; absent from the result when it isn't given."""
    group = command.add_argument_group("recipe", "with --resume, what isn't given stays as it was in the checkpoint")
    for name, value in plain(default).items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS)
        else:
            group.add_argument(flag, type=type(value), default=argparse.SUPPRESS, help=f"default {value}")


def given(options: argparse.Namespace, default: Any) -> dict[str, Any]:
    """The recipe's values on the command line."""
    chosen = vars(options)
    values = {one.name: chosen[one.name] for one in fields(default) if one.name in chosen}
    weights = {one.name: chosen[f"weight_{one.name}"] for one in fields(default.weights) if f"weight_{one.name}" in chosen}
    return {**values, "weights": weights}


def plain(default: Any) -> dict[str, Any]:
    """The recipe's values by the names of their options, weights last."""
    own = {one.name: getattr(default, one.name) for one in fields(default) if one.name != "weights"}
    return {**own, **{f"weight_{one.name}": getattr(default.weights, one.name) for one in fields(default.weights)}}

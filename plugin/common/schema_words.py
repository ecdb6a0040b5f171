"""The engine's table of methods and parameters in the user's language; names and values stay what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .translation import _


def method(one: Any) -> Any:
    """A method with its words, and its parameters', in the user's language."""
    parameters = tuple(map(parameter, one.parameters))
    return replace(one, label=_(one.label), help=_(one.help), parameters=parameters)


def parameter(one: Any) -> Any:
    """A parameter with its words, and its choices', in the user's language; a model of the user's own keeps its title."""
    choices = tuple(replace(choice, label=_(choice.label)) for choice in one.choices)
    return replace(one, label=_(one.label), help=_(one.help), choices=choices)

"""The engine's table of methods and parameters in the user's language; names and values stay what they are."""

from __future__ import annotations

from collections.abc import Mapping
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


def model_label(method: Any, parameters: Mapping[str, Any]) -> str:
    """The model that `parameters` choose, or that it is yet to be chosen, as the dialog calls it; the method's label where it
    has no choice of models."""
    labels = {
        choice.value: choice.label for parameter in method.parameters if parameter.name == "model" for choice in parameter.choices
    }
    label: str = labels.get(parameters.get("model"), method.label)
    return label

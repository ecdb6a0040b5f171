"""What a parameter and a method are: how values are checked, and what a change of them costs. The tables are in `schema`.

Standard library only, Python 3.9 and newer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import UsageError

NO_MODEL = "none"
"""What the model is where no published one may be a default: none of them allows commercial use."""


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Parameter:
    """One parameter: `kind` is "choice", "float", "int", or for experts "text" or "path".

    `role` says what a change of it costs: the "network" must paint anew; "finishing" is done to the network's painting, which is
    kept; a "record" names a file that a run writes beside its picture, so that it has to run.

    `low` and `high` are inclusive; `advanced` ones lie behind a fold; a text must match `pattern`, a regular expression. A path
    (several are parted like the system's search path) becomes absolute, because the worker has a folder of its own.
    """

    name: str
    kind: str
    default: Any
    label: str
    help: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[Choice, ...] = ()
    advanced: bool = False
    pattern: str = ""
    role: str = "network"

    def check(self, value: Any) -> Any:
        """`value` (of any type that JSON or a command line gives) in the parameter's own type; UsageError when it doesn't fit."""
        if self.kind == "choice":
            allowed = [choice.value for choice in self.choices]
            if value not in allowed:
                raise UsageError(f"{self.name} {value!r} is unknown: choose one of {', '.join(allowed)}")
            return value
        if self.kind in ("text", "path"):
            return self._check_text(value)
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(value)
            if self.kind == "int":
                if number != int(number):
                    raise ValueError
                number = int(number)
        except (TypeError, ValueError, OverflowError):
            wanted = "a whole number" if self.kind == "int" else "a number"
            raise UsageError(f"{self.name} {value!r} is not {wanted}: give one from {self._least} to {self._most}") from None
        if not self.low <= number <= self.high:
            raise UsageError(f"{self.name} {number:g} is out of range: give a number from {self._least} to {self._most}")
        return number

    @property
    def allowed(self) -> str:
        """The values that it takes, for a person."""
        if self.kind == "choice":
            return ", ".join(choice.value for choice in self.choices)
        if self.kind in ("text", "path"):
            return "a path" if self.kind == "path" else "text"
        return f"{self._least} to {self._most}"

    @property
    def _least(self) -> str:
        return self._spelled(self.low)

    @property
    def _most(self) -> str:
        return self._spelled(self.high)

    def _spelled(self, number: float) -> str:
        return f"{number:.0f}" if self.kind == "int" else f"{number:g}"

    def _check_text(self, value: Any) -> str:
        text = str(value)
        if self.kind == "path":
            return os.pathsep.join(os.path.abspath(os.path.expanduser(path)) for path in text.split(os.pathsep) if path)
        if not re.fullmatch(self.pattern, text):
            raise UsageError(f"{self.name} {text!r} is not understood: {self.help}")
        return text


@dataclass(frozen=True)
class Method:
    """One way to stylize: `styles` is how many style pictures it takes at most; `parameters` in the order of the dialog.

    `expert` parameters are reached from the command line alone. `model` is the one that paints where the method has no parameter
    of that name.
    """

    name: str
    label: str
    help: str
    styles: int
    parameters: tuple[Parameter, ...] = field(default=())
    model: str = ""
    expert: tuple[Parameter, ...] = field(default=())

    @property
    def everything(self) -> tuple[Parameter, ...]:
        return self.parameters + self.expert

    @property
    def defaults(self) -> dict[str, Any]:
        return {parameter.name: parameter.default for parameter in self.everything}

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters: those `given`, checked, over the defaults; UsageError on an unknown name or bad value.

        A method's only model may be named though there is no choice.
        """
        table = {parameter.name: parameter for parameter in self.everything}
        for name, value in given.items():
            if name not in table and (name, value) != ("model", self.model):
                raise UsageError(f"method {self.name} has no parameter {name!r}: it has {', '.join(table)}")
        return {name: parameter.check(given[name]) if name in given else parameter.default for name, parameter in table.items()}

    @property
    def models(self) -> list[str]:
        """The models that it can paint with."""
        choices = [choice.value for parameter in self.parameters if parameter.name == "model" for choice in parameter.choices]
        return [model for model in choices if model != NO_MODEL] or [self.model]

    def model_of(self, parameters: Mapping[str, Any]) -> str:
        """The model that paints with these checked parameters; UsageError when none was chosen where there is no default."""
        model = parameters.get("model") or self.model
        if model == NO_MODEL:
            known = ", ".join(self.models)
            raise UsageError(f"method {self.name} has no default, as no model of it is free for every use: choose one of {known}")
        return str(model)

    def seen_by_network(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the checked parameters that a painter gets: all but the finishing ones."""
        return {one.name: parameters[one.name] for one in self.everything if one.role != "finishing"}

    def must_run(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a run writes something beside its picture."""
        return any(parameters[one.name] for one in self.everything if one.role == "record")

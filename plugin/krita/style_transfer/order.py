"""What is asked for: method, styles and parameters; no layer yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .common import schema_words
from .common.layers import layer_name
from .common.styles import Styles, names
from .nst_core import schema


@dataclass(frozen=True)
class Order:
    """What the user wants: the method's name, the styles, as far as it takes any, and its parameters by name."""

    method: str
    styles: Styles
    parameters: dict[str, Any]

    @property
    def model(self) -> str:
        """The model that paints."""
        return schema.model_of(self.method, self.parameters)

    def layer_name(self) -> str:
        """What the new layer is called, with the model as the form calls it."""
        method = schema_words.method(schema.method(self.method))
        values = {**method.defaults, **self.parameters}
        return layer_name(schema_words.model_label(method, values), names(self.styles), values.get("strength"))

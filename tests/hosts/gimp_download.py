"""Runs inside GIMP: the plug-in's own journey with a model that has to be downloaded; writes down what the progress bar said.

$PLUG_IN is the plug-in's folder, $STYLE a picture; the texts go to `texts.json` in $FOLDER, in their order.
"""

import json
import os
import sys

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gimp  # noqa: E402

sys.path.insert(0, os.environ["PLUG_IN"])
import journey  # noqa: E402
from common.styles import alone  # noqa: E402
from order import Order  # noqa: E402

from nst_core import schema  # noqa: E402

TEXTS: list[str] = []


def main():
    image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "source", 64, 64, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    Gimp.progress_set_text = TEXTS.append
    method = schema.method("arbitrary")
    try:
        journey.stylize(image, [layer], Order(method, alone(os.environ["STYLE"]), method.defaults))
    finally:
        with open(os.path.join(os.environ["FOLDER"], "texts.json"), "w", encoding="utf-8") as file:
            json.dump(TEXTS, file)


main()

"""Runs inside GIMP: the plug-in's own journey with a worker of our making; $PLUG_IN, $FOLDER and $GONE say where and what.

While that "worker" paints, the image is closed or the layer deleted, or what it sends back is too short.
"""

import os
import sys

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402

FOLDER, GONE = os.environ["FOLDER"], os.environ["GONE"]

sys.path.insert(0, os.environ["PLUG_IN"])
import journey  # noqa: E402
from common.styles import alone  # noqa: E402
from order import Order  # noqa: E402

from nst_core import client, schema  # noqa: E402


class Job:
    """A job that is done at once; what is asked of it last is its result."""

    done = True

    def __init__(self, picture, vanish):
        self.timings = {}
        self.picture = picture
        self.vanish = vanish

    def next_event(self, timeout):
        return None

    def result(self):
        return self.vanish(self.picture)


def main():
    Gegl.init(None)
    image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
    layers = {}
    for name in ("other", "source"):
        layers[name] = Gimp.Layer.new(image, name, 64, 64, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layers[name], None, 0)

    def vanish(picture):
        if GONE == "image":
            image.delete()
        elif GONE == "layer":
            image.remove_layer(layers["source"])
        else:
            return client.Picture(picture.width, picture.height, picture.channels, picture.depth, picture.data[:-4])
        return picture

    journey.client.stylize = lambda picture, *_, **__: Job(picture, vanish)
    method = schema.method(schema.DEFAULT_METHOD)
    try:
        journey.stylize(image, [layers["source"]], Order(method, alone("wave.jpg"), method.defaults))
    except Exception as error:
        note("said", str(error))
    note("left", " ".join(layer.get_name() for layer in image.get_layers()) if image.is_valid() else "no image")


def note(name, text):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
        file.write(text)


main()

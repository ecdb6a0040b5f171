"""Runs inside GIMP beside its window, for as long as GIMP does: writes the only image's layers to $FOLDER/state.json.

It chooses all of them when there is a file $FOLDER/choose-all.
"""

import hashlib
import json
import os
import time

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402


def describe(layer):
    where = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    pixels = layer.get_buffer().get(where, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    return {
        "notes": layer.get_image().get_parasite_list(),
        "name": layer.get_name(),
        "offsets": list(layer.get_offsets())[1:],
        "size": [layer.get_width(), layer.get_height()],
        "pixels": hashlib.sha256(pixels).hexdigest(),
    }


def main():
    Gegl.init(None)
    known = None
    path = os.path.join(os.environ["FOLDER"], "state.json")
    wish = os.path.join(os.environ["FOLDER"], "choose-all")
    while True:
        images = Gimp.get_images()
        if os.path.exists(wish):
            images[0].set_selected_layers(images[0].get_layers())
            Gimp.displays_flush()
            os.remove(wish)
        ids = [layer.get_id() for layer in images[0].get_layers()] if images else []
        if ids != known:
            known = ids
            state = [describe(layer) for layer in images[0].get_layers()] if images else []
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(state, file)
            os.replace(path + ".new", path)
        time.sleep(0.1)


main()

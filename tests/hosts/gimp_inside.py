"""Runs inside GIMP (batch interpreter python-fu-eval): makes images, calls the procedure, writes down what became of them.

Reads the list of cases from the JSON file $NST_CASES and writes `<name>.json` and raw pixels beside it; it judges nothing.
"""

import json
import os
import signal
import threading
import time
import traceback

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

PROCEDURE = "plug-in-style-transfer"
WORK_SECONDS = 0.6  # of computing, after which an engine is in the middle of a job
TYPES = {
    Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
    Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
}


def main():
    Gegl.init(None)
    path = os.environ["NST_CASES"]
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        try:
            outcome = Case(os.path.dirname(path), case).run()
        except Exception:
            outcome = {"broken": traceback.format_exc()}
        write(os.path.join(os.path.dirname(path), case["name"] + ".json"), json.dumps(outcome).encode())


class Case:
    """One image, one call. What a case may say is in `tests/hosts/gimp_driver.py`."""

    def __init__(self, folder, case):
        self.folder = folder
        self.case = case

    def run(self):
        image, layer, drawables = self.make()
        before = self.dump(layer, "before")
        selection = self.dump_selection(image)
        tree = self.tree(image)
        known = ids(image.get_layers())
        status, message, seconds = self.call(image, drawables)
        outcome = {
            "status": status,
            "message": message,
            "seconds": seconds,
            "selection": selection,
            "effects": len(layer.get_filters()) if layer.is_valid() else 0,
            "tree_before": tree,
            "tree": self.tree(image) if image.is_valid() else None,
            "before": before,
        }
        if image.is_valid() and layer.is_valid():
            outcome["after"] = self.dump(layer, "after")
            outcome["selection_after"] = self.dump_selection(image)
            new = [one for one in image.get_selected_layers() if one.get_id() not in known]
            if new:
                outcome["new"] = self.describe_new(new[0])
        if image.is_valid():
            image.delete()
        return outcome

    def make(self):
        case = self.case
        base = Gimp.ImageBaseType.GRAY if case["base"] == "gray" else Gimp.ImageBaseType.RGB
        image = Gimp.Image.new_with_precision(*case["canvas"], base, getattr(Gimp.Precision, case["precision"]))
        if case["profile"]:
            image.set_color_profile(getattr(Gimp.ColorProfile, case["profile"])())
        x, y, width, height = case["box"]
        kind = TYPES[base] if case["alpha"] else type(TYPES[base])(int(TYPES[base]) - 1)
        parent = None
        if case["group"]:
            parent = Gimp.GroupLayer.new(image, "group")
            image.insert_layer(parent, None, 0)
        for name in ("below", "source", "above"):
            layer = Gimp.Layer.new(image, name, width, height, kind, 100, Gimp.LayerMode.NORMAL)
            image.insert_layer(layer, parent, 0)
            if name == "source":
                source = layer
        source.set_offsets(x, y)
        fill(source, case["format"], self.read(case["pixels"]))
        if case["mask"]:
            mask = source.create_mask(Gimp.AddMaskType.WHITE)
            source.add_mask(mask)
            fill(mask, "Y u8", self.read(case["mask"]))
        if case["effect"]:
            effect = Gimp.DrawableFilter.new(source, case["effect"], "effect")
            source.append_filter(effect)
            effect.update()
        if case["base"] == "indexed":
            image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 12, False, False, "")
        if case["select"]:
            image.select_rectangle(Gimp.ChannelOps.REPLACE, *case["select"])
            if case["feather"]:
                Gimp.Selection.feather(image, case["feather"])
        if case["channel"]:
            Gimp.Selection.save(image).set_name("kept")
            Gimp.Selection.none(image)
        active = case["active"]
        if active == "group":
            drawables = [parent]
            source = parent
        elif active == "mask":
            drawables = [source.get_mask()]
        elif active == "channel":
            channel = Gimp.Channel.new(image, "red things", *case["canvas"], 50, Gegl.Color.new("red"))
            image.insert_channel(channel, None, 0)
            drawables = [channel]
        elif active == "two":
            drawables = [source, image.get_layers()[0]]
        else:
            drawables = [source]
        return image, source, drawables

    def call(self, image, drawables):
        """The procedure's status, GIMP's error message and the seconds it took."""
        pdb = Gimp.get_pdb()
        procedure = pdb.lookup_procedure(PROCEDURE)
        config = procedure.create_config()
        config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
        config.set_property("image", image)
        config.set_core_object_array("drawables", drawables)
        for name, value in self.case["arguments"].items():
            config.set_property(name, Gio.File.new_for_commandline_arg(value) if name == "style" else value)
        if self.case["kill"]:
            threading.Thread(target=kill_later, args=self.case["kill"], daemon=True).start()
        start = time.monotonic()
        result = procedure.run(config)
        seconds = time.monotonic() - start
        status = result.index(0)
        return status.value_nick, pdb.get_last_error(), seconds

    def tree(self, image):
        """Every layer, top to bottom, a group before its children."""
        rows = []

        def walk(layers, parent):
            for position, layer in enumerate(layers):
                _, x, y = layer.get_offsets()
                mask = layer.get_mask()
                rows.append(
                    {
                        "name": layer.get_name(),
                        "parent": parent,
                        "position": position,
                        "box": [x, y, layer.get_width(), layer.get_height()],
                        "type": layer.type().value_nick,
                        "mask": mask is not None,
                        "active": layer.get_id() in [one.get_id() for one in image.get_selected_layers()],
                        "visible": layer.get_visible(),
                        "opacity": layer.get_opacity(),
                    }
                )
                if layer.is_group():
                    walk(layer.get_children(), layer.get_name())

        walk(image.get_layers(), None)
        return rows

    def describe_new(self, layer):
        described = self.dump(layer, "new")
        for key, name in (("note", "style-transfer"), ("seconds", "style-transfer-seconds")):
            note = layer.get_parasite(name)
            described[key] = json.loads(bytes(note.get_data())) if note else None
        mask = layer.get_mask()
        if mask is not None:
            self.write("mask", pixels(mask, "Y float"))
        return described

    def dump(self, drawable, name):
        """Write the drawable's pixels as it holds them and as they travel."""
        own = drawable.get_format()
        # A palette's pixels have no name to ask for them by; their colours tell them apart as well.
        self.write(
            name + ".native", pixels(drawable, "R'G'B'A u8" if Babl.format_is_palette(own) else Babl.format_get_encoding(own))
        )
        self.write(name + ".wire", pixels(drawable, self.case["wire"]))
        return {"size": [drawable.get_width(), drawable.get_height()]}

    def dump_selection(self, image):
        self.write("selection", pixels(image.get_selection(), "Y float"))
        return not Gimp.Selection.is_empty(image)

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def write(self, name, data):
        write(os.path.join(self.folder, f"{self.case['name']}.{name}"), data)


def ids(layers):
    """The ids of `layers` and of all that lies in them."""
    return {one for layer in layers for one in (layer.get_id(), *(ids(layer.get_children()) if layer.is_group() else ()))}


def fill(drawable, kind, data):
    buffer = drawable.get_buffer()
    buffer.set(whole(drawable), kind, data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def pixels(drawable, kind):
    return drawable.get_buffer().get(whole(drawable), 1.0, kind, Gegl.AbyssPolicy.NONE)


def whole(drawable):
    return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())


def kill_later(words, when):
    """End every process whose command line has all `words`: when the file called `when` is there, or, for "painting", when
    the engine has worked for a while since now."""
    engines: list[tuple[int, float]] = []
    worked = 0.0
    while not (os.path.exists(when) if when != "painting" else worked > WORK_SECONDS):
        time.sleep(0.02)
        if not engines:
            engines = [(pid, cpu_seconds(pid)) for pid in processes(["nst_core.engine"])]
        worked = sum(cpu_seconds(pid) - before for pid, before in engines)
    for pid in processes(words):
        os.kill(pid, signal.SIGKILL)


def cpu_seconds(pid):
    """What all threads of a process have computed, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def processes(words):
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if entry.isdigit() and int(entry) != os.getpid() and all(word in line for word in words):
            found.append(int(entry))
    return found


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


main()

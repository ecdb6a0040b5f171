"""Runs inside GIMP: a painting beside what it was to become, graded by the procedure; what came of it goes to $NST_OUT."""

import json
import os
import subprocess
import sys
import traceback

import gi

for library in ("Gimp", "GimpUi", "Gegl", "Gtk", "Gdk"):
    gi.require_version(library, "0.4" if library == "Gegl" else "3.0")
from gi.repository import Gegl, Gimp, Gio, Gtk  # noqa: E402


def layer_of(image, path, name):
    layer = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path))
    layer.set_name(name)
    image.insert_layer(layer, None, 0)
    return layer


def compared(image, layer, reference, style):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-transfer-compare")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    config.set_property("reference", reference)
    config.set_property("style", Gio.File.new_for_path(style) if style else None)
    values = procedure.run(config)
    said = {"status": values.index(0).value_nick, "grades": [values.index(i) for i in range(1, values.length())]}
    if said["status"] != "success":
        said["message"] = Gimp.get_pdb().get_last_error()
    return said


def in_windows(image, painting):
    """The two windows, with a look at each; what the first one left in the config, and what the second one says."""
    sys.path.insert(0, os.environ["PLUG_IN"])
    import grading
    import grading_window as windows
    from gi.repository import GLib

    config = grading.create(Gimp.get_plug_in(), "plug-in-style-transfer-windows").create_config()
    config.set_property("style", Gio.File.new_for_path(os.environ["NST_STYLE"]))
    said = {}

    def answer(name, response):
        window = next(one for one in Gtk.Window.list_toplevels() if one.get_title() == windows.TITLE and one.get_visible())
        subprocess.run(["import", "-window", "root", f"{os.environ['NST_OUT']}/gimp-grading-{name}.png"], check=False)
        said[name] = [label.get_text() for label in every(window) if isinstance(label, Gtk.Label)]
        window.response(response)

    GLib.timeout_add(2000, answer, "asked", Gtk.ResponseType.OK)
    said["agreed"] = windows.ask(config, image, painting)
    said["reference"] = config.get_property("reference").get_name()
    said["style"] = config.get_property("style").get_path()
    graded = grading.compare(image, painting, config)
    GLib.timeout_add(2000, answer, "graded", Gtk.ResponseType.CLOSE)
    windows.show(graded, image)
    return said


def after_a_painting(image, painting):
    """A painting that is not on this machine as the style: refused, then agreed to; and its grade."""
    import grading
    import grading_window as windows
    from gi.repository import GLib

    config = grading.create(Gimp.get_plug_in(), "plug-in-style-transfer-fetching").create_config()
    said: dict = {"asked": []}

    def shown(kind):
        return [one for one in Gtk.Window.list_toplevels() if isinstance(one, kind) and one.get_mapped()]

    def hands():
        while not shown(Gtk.Dialog):
            yield
        (window,) = shown(Gtk.Dialog)
        (styles,) = (part for part in every(window) if isinstance(part, windows.StyleList))
        said["offered"] = [row[0] for row in styles._rows]
        styles.pick("pack:great-wave")
        for response in (Gtk.ResponseType.CANCEL, Gtk.ResponseType.OK):
            window.response(Gtk.ResponseType.OK)
            while not shown(Gtk.MessageDialog):
                yield
            (question,) = shown(Gtk.MessageDialog)
            said["asked"].append(question.get_property("text"))
            question.response(response)
            while shown(Gtk.MessageDialog):
                yield

    working = hands()
    GLib.timeout_add(100, lambda: next(working, working) is None)
    said["agreed"] = windows.ask(config, image, painting)
    said["grade"] = grading.compare(image, painting, config).grades["style_picture"]
    return said


def every(widget):
    """The widget and all that is in it."""
    inside: list = []
    if isinstance(widget, Gtk.Container):
        widget.forall(inside.append)
    return [widget, *(part for child in inside for part in every(child))]


def masked(kind):
    """A picture beside itself, of which the mask hides a part that was painted over: the grades."""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.environ["NST_REFERENCE"]))
    reference = image.get_layers()[0]
    painting = layer_of(image, os.environ["NST_REFERENCE"], "painting")
    width, height = image.get_width(), image.get_height()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, width // 2, height)
    Gimp.context_set_foreground(Gegl.Color.new("red"))
    painting.edit_fill(Gimp.FillType.FOREGROUND)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, width // 2, 0, width, height)
    painting.add_mask(painting.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    if kind == "grey":
        image.convert_grayscale()
    elif kind == "indexed":
        image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 200, False, False, "")
    try:
        return compared(image, painting, reference, None)
    finally:
        image.delete()


def main():
    Gegl.init(None)
    reference_path, painting_path, style = (os.environ[name] for name in ("NST_REFERENCE", "NST_PAINTING", "NST_STYLE"))
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(reference_path))
    reference = image.get_layers()[0]
    painting = layer_of(image, painting_path, "painting")
    said = {"alone": compared(image, painting, None, None)}
    said["graded"] = compared(image, painting, reference, style)
    top = image.get_layers()[0]
    said["active"] = [layer.get_name() for layer in image.get_selected_layers()]
    said["names"] = [layer.get_name() for layer in image.get_layers()]
    said["size"] = [top.get_width(), top.get_height()]
    box = Gegl.Rectangle.new(0, 0, top.get_width(), top.get_height())
    heat = top.get_buffer().get(box, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    with open(os.environ["NST_OUT"] + "/heat", "wb") as file:
        file.write(heat)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 100, 50, 200, 150)
    said["selected"] = compared(image, painting, reference, None)
    top = image.get_layers()[image.get_item_position(painting) - 1]
    said["selected"]["box"] = [*list(top.get_offsets())[1:], top.get_width(), top.get_height()]
    Gimp.Selection.none(image)
    said["windows"] = in_windows(image, painting)
    said["fetched"] = after_a_painting(image, painting)
    painting.set_offsets(5000, 0)
    said["masked"] = {kind: masked(kind) for kind in ("colours", "grey", "indexed")}
    said["apart"] = compared(image, painting, reference, None)
    with open(os.environ["NST_OUT"] + "/said.json", "w") as file:
        json.dump(said, file)


try:
    main()
except Exception:
    with open(os.environ["NST_OUT"] + "/said.json", "w") as file:
        json.dump({"broken": traceback.format_exc()}, file)

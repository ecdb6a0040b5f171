"""The chooser of the style picture: what is chosen, our own styles as thumbnails, and a button for any other file."""

from __future__ import annotations

from pathlib import Path

from common.layers import style_name
from gi.repository import GdkPixbuf, Gimp, Gio, GLib, Gtk, Pango

import nst_core

SAMPLES = Path(nst_core.__file__).resolve().parent / "samples"
FIRST_STYLE = SAMPLES / "style-swirled-oil.jpg"
SUFFIXES = ("jpg", "jpeg", "png", "tif", "tiff", "webp")

PREVIEW = 128  # side in pixels of the chosen picture
THUMBNAIL = 44  # of each of our own
THUMBNAILS_A_ROW = 6
LARGEST_PREVIEW_BYTES = 64 * 2**20  # a file beyond this is not decoded just to be looked at


def own_styles() -> list[Path]:
    """The style pictures that ship with the engine."""
    return sorted(SAMPLES.glob("style-*.jpg"))


def thumbnail(path: str, side: int) -> GdkPixbuf.Pixbuf | None:
    """The picture at `path`, turned as its EXIF says, inside `side`×`side` pixels; None where GTK can't show it."""
    try:
        if Path(path).stat().st_size > LARGEST_PREVIEW_BYTES:
            return None
        return GdkPixbuf.Pixbuf.new_from_file_at_scale(path, side, side, True).apply_embedded_orientation()
    except (GLib.Error, OSError):
        return None


def square(path: Path, side: int) -> GdkPixbuf.Pixbuf | None:
    """The middle of the picture at `path`, `side`×`side` pixels; None where GTK can't show it."""
    picture = thumbnail(str(path), 2 * side)
    if picture is None:
        return None
    width, height = picture.get_width(), picture.get_height()
    least = min(width, height)
    middle = picture.new_subpixbuf((width - least) // 2, (height - least) // 2, least, least)
    return middle.scale_simple(side, side, GdkPixbuf.InterpType.BILINEAR)


class StyleChooser(Gtk.Grid):
    """Shows and sets the property `style` (a Gio.File) of a procedure's config."""

    def __init__(self, config: Gimp.ProcedureConfig) -> None:
        super().__init__(column_spacing=12, row_spacing=6, margin_bottom=6)
        self._config = config
        self._preview = Gtk.Image()
        self._hint = Gtk.Label(justify=Gtk.Justification.CENTER, sensitive=False)
        self._button = self._file_button()
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.set_size_request(PREVIEW, PREVIEW)
        for child in (self._preview, self._hint):
            child.set_no_show_all(True)
        inside = Gtk.Box(halign=Gtk.Align.CENTER, valign=Gtk.Align.CENTER)
        inside.add(self._preview)
        inside.add(self._hint)
        frame.add(inside)
        title = Gtk.Label(label="Style p_icture", use_underline=True, xalign=0, mnemonic_widget=self._button)
        title.set_attributes(Pango.AttrList.from_string("0 -1 weight bold"))
        self.attach(frame, 0, 0, 1, 3)
        self.attach(title, 1, 0, 1, 1)
        self.attach(self._thumbnails(), 1, 1, 1, 1)
        self.attach(self._button, 1, 2, 1, 1)
        self._button.set_valign(Gtk.Align.END)
        config.connect("notify::style", lambda *_: self._show())
        self._show()
        self.show_all()

    @property
    def path(self) -> str | None:
        """The chosen picture's place on this machine."""
        file = self._config.get_property("style")
        return file.get_path() if file else None

    def choose(self, path: str) -> None:
        """Make the picture at `path` the style."""
        self._config.set_property("style", Gio.File.new_for_path(path))

    def _show(self) -> None:
        """Bring the widgets in line with the config."""
        path = self.path
        picture = thumbnail(path, PREVIEW) if path else None
        self._hint.set_text("No preview" if path else "No picture is\nchosen yet")
        self._preview.set_from_pixbuf(picture)
        self._preview.set_visible(picture is not None)
        self._hint.set_visible(picture is None)
        self._preview.set_tooltip_text(path)
        if path and path != self._button.get_filename():
            self._button.set_filename(path)
        elif not path:
            self._button.unselect_all()

    def _thumbnails(self) -> Gtk.Widget:
        """A row of our own styles; a click chooses one."""
        grid = Gtk.Grid()
        for number, path in enumerate(own_styles()):
            picture = square(path, THUMBNAIL)
            if picture:
                button = Gtk.Button(image=Gtk.Image.new_from_pixbuf(picture), relief=Gtk.ReliefStyle.NONE)
                button.set_tooltip_text(style_name(path))
                button.get_accessible().set_name(style_name(path))
                button.connect("clicked", lambda _button, path=str(path): self.choose(path))
                grid.attach(button, number % THUMBNAILS_A_ROW, number // THUMBNAILS_A_ROW, 1, 1)
        return grid

    def _file_button(self) -> Gtk.FileChooserButton:
        """The way to any other picture, with a preview in its window."""
        button = Gtk.FileChooserButton(title="Style picture", action=Gtk.FileChooserAction.OPEN, hexpand=True)
        button.set_tooltip_text("The picture whose style is taken.")
        for name, suffixes in (("Pictures (PNG, JPEG, WebP, TIFF)", SUFFIXES), ("All files", None)):
            kind = Gtk.FileFilter()
            kind.set_name(name)
            for pattern in (f"*.{end}" for suffix in suffixes for end in (suffix, suffix.upper())) if suffixes else ("*",):
                kind.add_pattern(pattern)
            button.add_filter(kind)
        if own_styles():
            button.add_shortcut_folder(str(SAMPLES))
        folder = GLib.get_user_special_dir(GLib.UserDirectory.DIRECTORY_PICTURES)
        if folder:
            button.set_current_folder(folder)
        preview = Gtk.Image()
        button.set_preview_widget(preview)
        button.connect("update-preview", _update_preview, preview)
        button.connect("file-set", lambda chosen: self.choose(chosen.get_filename()))
        return button


def _update_preview(chooser: Gtk.FileChooser, preview: Gtk.Image) -> None:
    path = chooser.get_preview_filename()
    picture = thumbnail(path, PREVIEW) if path and Path(path).is_file() else None
    preview.set_from_pixbuf(picture)
    chooser.set_preview_widget_active(picture is not None)

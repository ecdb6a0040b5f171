"""Style Transfer for Krita: importing this package registers the extension and its docker."""

from krita import Krita

from .common import translation
from .qt import QtCore

# Before anything with texts is imported. Krita makes the language that was chosen in its settings Qt's default.
translation.speak(QtCore.QLocale().uiLanguages())

from .docker import factory  # noqa: E402
from .extension import StyleTransfer  # noqa: E402
from .grading_window import Comparing  # noqa: E402

extension = StyleTransfer(Krita.instance())
Krita.instance().addExtension(extension)
comparing = Comparing(Krita.instance(), extension.catalogue)
Krita.instance().addExtension(comparing)
Krita.instance().addDockWidgetFactory(factory(extension.catalogue))

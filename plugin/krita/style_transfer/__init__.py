"""Style Transfer for Krita: importing this package registers the extension and its docker."""

from krita import Krita

from .docker import factory
from .extension import StyleTransfer
from .grading_window import Comparing

extension = StyleTransfer(Krita.instance())
Krita.instance().addExtension(extension)
comparing = Comparing(Krita.instance())
Krita.instance().addExtension(comparing)
Krita.instance().addDockWidgetFactory(factory(extension.catalogue))

"""Style Transfer for Krita: importing this package registers the extension and its docker."""

from krita import Krita

from .docker import factory
from .extension import StyleTransfer

extension = StyleTransfer(Krita.instance())
Krita.instance().addExtension(extension)
Krita.instance().addDockWidgetFactory(factory(extension.catalogue))

"""Style Transfer for Krita: importing this package registers the extension."""

from krita import Krita

from .extension import StyleTransfer

Krita.instance().addExtension(StyleTransfer(Krita.instance()))

"""The one place that knows which PyQt Krita runs: 5 in Krita 5, 6 in Krita 6; enums are written scoped, which both take."""

import sys

import krita  # noqa: F401  (brings its own PyQt along)

# Decided by what Krita has loaded, not by what can be imported: a system's Python may have both, and loading the
# other one into a running program ends it.
if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip
else:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip

__all__ = ["QtCore", "QtGui", "QtWidgets", "is_gone", "let_go"]


def is_gone(thing: QtCore.QObject) -> bool:
    """True when Qt's half of `thing` has been deleted, with the window that it was in."""
    return sip.isdeleted(thing)


def let_go(thing: QtCore.QObject) -> None:
    """Have `thing` deleted once Qt is back in its event loop: what belongs to a window would else stay as long as that does."""
    if not is_gone(thing):
        thing.deleteLater()

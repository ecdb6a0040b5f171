"""The engine of Style Transfer for GIMP and Krita.

Importing this package pulls in nothing outside the standard library: numpy and torch load when a method runs.
All imports inside the package are relative, so that a host may bundle it under any parent package.
"""

__version__ = "0.1.0"

"""Installs the plug-in and its worker, and runs the demo and the tests: `python3 -m installer COMMAND`.

Standard library only, Python 3.10 and newer, run from the project's folder. Nothing here ships with the plug-in.
"""

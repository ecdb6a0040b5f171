"""What both shims share and no host knows: standard library only, Python 3.9 and newer; the engine's values are passed in."""

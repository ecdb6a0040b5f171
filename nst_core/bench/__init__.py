"""Measurements of what the engine takes on this machine: one module a bench."""

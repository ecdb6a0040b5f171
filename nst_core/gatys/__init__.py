"""Gatys' optimisation, room by room; nothing here knows of methods, files of pictures or processes."""

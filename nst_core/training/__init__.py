"""How our own models are made: pictures, targets, losses, a loop that can be stopped anywhere; `python -m nst_core.training`."""

"""The one way in which an installer command fails: a sentence for the user."""

from __future__ import annotations

from nst_core.errors import NstError


class InstallError(NstError):
    """Something that the user has to change; the message is one lower-case sentence with the thing and the cure."""

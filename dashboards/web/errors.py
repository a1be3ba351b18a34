"""The errors of the web pages: each is one line that says what to do."""

from __future__ import annotations


class WebError(Exception):
    """Pages that cannot be served as they are set up."""


class AuditError(WebError):
    """The audit log cannot be written, so nothing may be shown."""


class BusyError(WebError):
    """All connections to the store are taken for too long."""


class TooSlowError(WebError):
    """A question took longer than it may."""

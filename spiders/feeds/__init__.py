"""Feeds: exports that a platform's own team, a partner or a researcher hands over, as files or by an API."""

"""What sellers wrote, in a mail: no address that a mail program makes a link of, nothing hidden."""

from __future__ import annotations

import re
from typing import Final

from dashboards.web.crawled import plain

LONGEST_TEXT: Final = 90
_ADDRESS: Final = re.compile(r"(?i)\bhttp(s?)://")
_DOT: Final = re.compile(r"(?<=[a-z0-9-])\.(?=[a-z]{2,})", re.IGNORECASE)


def defanged(text: str) -> str:
    """A text that no mail program makes a link of, its hidden characters shown: hxxps, [.]."""
    return _DOT.sub("[.]", _ADDRESS.sub(r"hxxp\1://", plain(text)))


def shortened(text: str) -> str:
    """A crawled text in a cell."""
    flat = " ".join(text.split())
    return defanged(flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1] + "…")

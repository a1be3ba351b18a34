"""The evidence of a listing: the pages it stood on as they were kept, in a sandbox, and screenshots.

Kept pages hold personal data as they held it, so they are shown only to who asks for them, and the audit log
has who did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards.web.guard import HEADERS
from dashboards.web.kept import Kept
from dashboards.web.pages import DeskDep, answer
from pipelines.errors import EvidenceError
from pipelines.evidence.reading import entries_of, read
from pipelines.wording import Wording

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.web.pages import Desk
    from pipelines.evidence.manifest import Entry
    from pipelines.evidence.reading import Shown

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "evidence.title": Wording("证据", "Evidence"),
    "evidence.open": Wording(
        "查看保存的页面（会记入审计日志）", "Show the pages that were kept (it is recorded)"
    ),
    "evidence.hint": Wording(
        "页面按保存时的原样显示；脚本、表单和外部内容均已关闭。可能含有个人信息。",
        "The pages are shown as they were kept; scripts, forms and everything from outside are switched off."
        " They may hold personal data.",
    ),
    "evidence.none": Wording(
        "没有保存这个商品的页面：只保存告警商品的页面，并在期限后删除。",
        "No page of this listing is kept: only those of flagged listings are, until their days are over.",
    ),
    "evidence.back": Wording("返回商品", "Back to the listing"),
    "evidence.page": Wording("{when} 保存的页面", "The page as it was kept on {when}"),
    "evidence.shot": Wording("{when} 的截图", "Screenshot of {when}"),
    "evidence.address": Wording("地址", "Address"),
    "evidence.run": Wording("运行", "Run"),
    "evidence.archive": Wording("存档", "Archive"),
    "evidence.digest": Wording("页面 SHA-256", "SHA-256 of the page"),
}
PAGE_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""For a kept page: an origin of its own, no scripts, forms or pop-ups, no requests."""
_kept: Final = Kept[str, "list[Entry]"](seconds=30)
_AS_THEY_ARE: Final = ("text/html", "text/plain", "image/png")


def page_response(shown: Shown) -> Response:
    """A kept page as it may be shown in a frame; what is neither page nor picture, as text."""
    kind = shown.content_type.partition(";")[0].strip().lower()
    return Response(
        shown.body,
        media_type=shown.content_type if kind in _AS_THEY_ARE else "text/plain",
        headers={**HEADERS, "Content-Security-Policy": PAGE_POLICY},
    )


@router.get("/listings/{listing_id}/evidence")
@router.get("/listings/{listing_id}/evidence.json")
def show_evidence(request: Request, desk: DeskDep, listing_id: str) -> Response:
    """What is kept of a listing, newest first."""
    entries = _entries(request, desk, listing_id)
    return answer(request, "evidence.html", {"entries": entries, "listing_id": listing_id}, entries)


@router.get("/listings/{listing_id}/evidence/{number}")
def show_record(request: Request, desk: DeskDep, listing_id: str, number: int) -> Response:
    """One of them, for its frame."""
    entries = _entries(request, desk, listing_id)
    if not 0 <= number < len(entries):
        raise HTTPException(404, "no such page is kept; its days may be over")
    try:
        return page_response(read(_folder(desk), entries[number]))
    except EvidenceError as error:
        raise HTTPException(410, f"this page cannot be shown: {error}") from error


def _entries(request: Request, desk: Desk, listing_id: str) -> list[Entry]:
    """As the page found them, for its frames too: each look reads the manifests of all runs."""
    folder = _folder(desk)
    try:
        found = _kept.get(request.app, listing_id, lambda: entries_of(folder, listing_id))
    except EvidenceError as error:
        raise HTTPException(410, f"the evidence cannot be read: {error}") from error
    return [entry for entry in reversed(found) if entry.listing_id == listing_id]


def _folder(desk: Desk) -> Path:
    if desk.settings.evidence_dir is None:
        raise HTTPException(404, "no folder of evidence is configured")
    return desk.settings.evidence_dir

"""Candidates of new slang, to accept (a patch of the lexicon is written) or to reject for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from dashboards.candidates import Candidate, Search
from dashboards.proposals import DECISIONS_NAME, Proposals, new_term, proposed_id
from dashboards.web.catalogue import CatalogueDep
from dashboards.web.figures import listings_address
from dashboards.web.kept import Kept
from dashboards.web.pages import DeskDep, StoreDep, VisitDep, answer
from dashboards.web.triage import labels_of
from pipelines.errors import LexiconError
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.patches import FOLDER, Patch
from pipelines.lexicon.schema import Strength
from pipelines.records import CATEGORIES, Category
from pipelines.store.query import Matches
from pipelines.wording import Wording

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.web.pages import Desk
    from pipelines.store.protocol import Questions

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "candidates.title": Wording("新词候选", "Candidates of new slang"),
    "candidates.hint": Wording(
        "这些字串在告警商品里远比在正常商品里常见，而词库还不认识。接受会写出一个词库补丁，"
        "审阅后用 jargonwatch lexicon apply 应用；拒绝后不再出现。",
        "Strings that flagged listings have far more often than clear ones, and that the lexicon does not"
        " know. Accepting one writes a patch of the lexicon, to be read and applied by"
        " jargonwatch lexicon apply; a rejected one is proposed no more.",
    ),
    "candidates.sample": Wording(
        "{flagged} 个告警文本对比 {clear} 个正常文本，共 {strings} 个字串。",
        "{flagged} flagged texts against {clear} clear ones, {strings} strings.",
    ),
    "candidates.none": Wording("现在没有候选。", "There is no candidate now."),
    "candidates.text": Wording("字串", "String"),
    "candidates.flagged": Wording("告警", "Flagged"),
    "candidates.clear": Wording("正常", "Clear"),
    "candidates.sellers": Wording("卖家", "Sellers"),
    "candidates.examples": Wording("例", "Examples"),
    "candidates.decide": Wording("决定", "Decision"),
    "candidates.term": Wording("新词", "As a new term"),
    "candidates.form": Wording("已有词的写法", "As a form of a term"),
    "candidates.id": Wording("编号", "Id"),
    "candidates.category": Wording("类别", "Category"),
    "candidates.strength": Wording("强度", "Strength"),
    "candidates.strong": Wording("强：单独即告警", "strong: an offer by itself"),
    "candidates.medium": Wording("中：有佐证才告警", "medium: needs one context"),
    "candidates.weak": Wording("弱：普通词", "weak: an ordinary word"),
    "candidates.severity": Wording("严重度（1–5）", "Severity (1 to 5)"),
    "candidates.gloss": Wording("含义", "What it means"),
    "candidates.of": Wording("哪个词", "Which term"),
    "candidates.accept": Wording("接受", "Accept"),
    "candidates.reject": Wording("拒绝", "Reject"),
    "candidates.accepted": Wording(
        "已写出补丁 {name}；审阅后运行 jargonwatch lexicon apply。",
        "The patch {name} is written; read it, then run jargonwatch lexicon apply.",
    ),
    "candidates.rejected": Wording("已拒绝“{name}”。", "“{name}” is rejected."),
    "candidates.waiting": Wording("待应用的补丁：{names}", "Patches that wait to be applied: {names}"),
}
SHOWN: Final = 30
SEARCHED: Final = 200
STRENGTHS: Final[tuple[Strength, ...]] = ("strong", "medium", "weak")

_searches: Final = Kept[str, Search](seconds=900)
_proposals: Final[WeakKeyDictionary[object, Proposals]] = WeakKeyDictionary()


@router.get("/candidates")
@router.get("/candidates.json")
def show_candidates(
    request: Request,
    desk: DeskDep,
    store: StoreDep,
    catalogue: CatalogueDep,
    accepted: Annotated[str | None, Query(max_length=200)] = None,
    rejected: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    search, open_ = _open(request, desk, store)
    if request.url.path.endswith(".json"):
        record = {"candidates": open_, "flagged": search.flagged, "clear": search.clear}
        return answer(request, "candidates.html", {}, record)
    waiting = sorted(path.name for path in _proposals_of(request, desk).patches.glob("*.yaml"))
    context = {
        "search": search,
        "found": [(each, proposed_id(each), listings_address(Matches(each.text))) for each in open_[:SHOWN]],
        "accepted": accepted,
        "rejected": rejected,
        "waiting": waiting,
        "known": catalogue.terms,
        "categories": CATEGORIES,
        "strengths": STRENGTHS,
    }
    return answer(request, "candidates.html", context, None)


@router.post("/candidates/reject")
def reject(
    request: Request, desk: DeskDep, visit: VisitDep, store: StoreDep, text: Annotated[str, Form()]
) -> Response:
    """Propose a candidate no more."""
    _proposals_of(request, desk).reject(_candidate(request, desk, store, text), visit.analyst)
    return RedirectResponse("/candidates?" + urlencode({"rejected": text}), 303)


@router.post("/candidates/accept")
def accept(
    request: Request,
    desk: DeskDep,
    visit: VisitDep,
    store: StoreDep,
    text: Annotated[str, Form()],
    term_id: Annotated[str, Form(max_length=80)],
    category: Annotated[Category, Form()],
    strength: Annotated[Strength, Form()] = "medium",
    severity: Annotated[int, Form(ge=1, le=5)] = 3,
    gloss: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Write a patch with a candidate as a new term."""
    candidate = _candidate(request, desk, store, text)
    if any(spec.id == term_id for _, spec in read_lexicon(_lexicon(desk)).terms):
        raise HTTPException(409, f"the lexicon has a term {term_id} already; choose another id")
    try:
        patch = new_term(text, term_id, category, strength, severity, desk.mask(gloss))
    except ValidationError as error:
        first = error.errors()[0]
        raise HTTPException(422, f"{first['loc'][-1]}: {first['msg']}") from error
    return _accepted(request, desk, candidate, patch, visit.analyst)


@router.post("/candidates/accept-form")
def accept_form(
    request: Request,
    desk: DeskDep,
    visit: VisitDep,
    store: StoreDep,
    text: Annotated[str, Form()],
    term_id: Annotated[str, Form(max_length=80)],
) -> Response:
    """Write a patch with a candidate as a form of a term that is there."""
    candidate = _candidate(request, desk, store, text)
    of = {spec.id: category for category, spec in read_lexicon(_lexicon(desk)).terms}
    if term_id not in of:
        raise HTTPException(404, f"the lexicon has no term {term_id}")
    return _accepted(
        request, desk, candidate, Patch(category=of[term_id], forms={term_id: (text,)}), visit.analyst
    )


def _accepted(request: Request, desk: Desk, candidate: Candidate, patch: Patch, analyst: str) -> Response:
    try:
        path = _proposals_of(request, desk).accept(candidate, patch, analyst)
    except LexiconError as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse("/candidates?" + urlencode({"accepted": path.name}), 303)


def _open(request: Request, desk: Desk, store: Questions) -> tuple[Search, list[Candidate]]:
    """The search as it was some minutes ago at most, and what of it is not decided on yet."""
    search = _searches.get(request.app, "candidates", lambda: _search(request, desk, store))
    decided = _proposals_of(request, desk).decided()
    return search, [each for each in search.candidates if each.text not in decided]


def _search(request: Request, desk: Desk, store: Questions) -> Search:
    proposals, labels = _proposals_of(request, desk), labels_of(request, desk)
    return proposals.search(store, read_lexicon(_lexicon(desk)), labels, top=SEARCHED)


def _candidate(request: Request, desk: Desk, store: Questions, text: str) -> Candidate:
    for candidate in _open(request, desk, store)[1]:
        if candidate.text == text:
            return candidate
    raise HTTPException(409, f"{text} is no candidate any more; load the page again")


def _proposals_of(request: Request, desk: Desk) -> Proposals:
    if request.app not in _proposals:
        data = desk.settings.data_dir
        _proposals[request.app] = Proposals(data / DECISIONS_NAME, data / FOLDER)
    return _proposals[request.app]


def _lexicon(desk: Desk) -> Path:
    if desk.settings.lexicon_dir is None:
        raise HTTPException(409, "no lexicon is configured; candidates are what it does not know")
    return desk.settings.lexicon_dir

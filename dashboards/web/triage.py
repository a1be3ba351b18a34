"""The triage page: one listing after another, decided by key, kept as labels that `evaluate` reads."""

from __future__ import annotations

from typing import Annotated, Final, cast
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from dashboards.triage import CHOICES, LABELS_NAME, LONGEST_NOTE, Choice, Drawn, Labels
from dashboards.triage_queue import draw_queue
from dashboards.web.api import as_json
from dashboards.web.kept import Kept
from dashboards.web.listings import marks, reading_of
from dashboards.web.pages import Desk, DeskDep, StoreDep, VisitDep, answer
from dashboards.web.period import today
from pipelines.lexicon.files import read_lexicon
from pipelines.lexicon.scoring import Thresholds
from pipelines.wording import Wording

router: Final = APIRouter()
TEXTS: Final[dict[str, Wording]] = {
    "triage.title": Wording("研判", "Triage"),
    "triage.hint": Wording(
        "y 确认违规，n 不违规，u 不确定，j / k 下一个 / 上一个，z 撤销。",
        "y confirmed, n not illicit, u unsure, j / k next / previous, z undo.",
    ),
    "triage.confirmed": Wording("确认违规", "Confirmed"),
    "triage.not illicit": Wording("不违规", "Not illicit"),
    "triage.unsure": Wording("不确定", "Unsure"),
    "triage.note": Wording("备注", "Note"),
    "triage.undo": Wording("撤销上一个", "Undo the last"),
    "triage.queue": Wording("待研判", "To decide"),
    "triage.done": Wording("现在没有待研判的商品。", "Nothing waits to be decided."),
    "triage.select": Wording("选中：{title}", "Select: {title}"),
    "triage.bulk": Wording("对选中的全部：", "All that are selected:"),
    "triage.mine": Wording(
        "您已判定 {mine} 个，共 {all} 个有判定。", "You decided {mine}; {all} have a decision."
    ),
    "triage.precision": Wording(
        "随机抽取的告警中 {share} % 违规（95 % 区间 {low}–{high} %，{n} 个）。",
        "Of flagged listings drawn at random, {share} % are illicit (95 % interval {low}–{high} %, {n}).",
    ),
    "triage.disputed": Wording("意见不一", "Disputed"),
    "triage.agreement": Wording("一致程度", "Agreement"),
    "triage.pair": Wording("分析员", "Analysts"),
    "triage.common": Wording("共同判定", "In common"),
    "triage.same": Wording("相同", "The same"),
}
SIZE: Final = 30

_thresholds: Final = Kept[str, Thresholds](seconds=60)
_labels: Final[WeakKeyDictionary[object, Labels]] = WeakKeyDictionary()


def labels_of(request: Request, desk: Desk) -> Labels:
    """The labels of the workspace, whose file is read once and then followed."""
    app = request.app
    if app not in _labels:
        _labels[app] = Labels(desk.settings.data_dir / LABELS_NAME, desk.mask)
    return _labels[app]


@router.get("/triage")
@router.get("/triage.json")
def show_triage(
    request: Request,
    desk: DeskDep,
    visit: VisitDep,
    store: StoreDep,
    read: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    labels = labels_of(request, desk)
    queue = draw_queue(
        store,
        labels.standing(),
        analyst=visit.analyst,
        thresholds=_thresholds.get(request.app, "thresholds", lambda: _read_thresholds(desk)),
        seed=today().isoformat(),
        size=SIZE,
    )
    if request.url.path.endswith(".json"):
        return as_json({"queue": queue, "agreements": labels.agreements()})
    ids = [each.stored.listing.listing_id for each in queue]
    chosen = read if read in ids else next(iter(ids), None)
    history = store.get(chosen) if chosen else None
    standing = labels.standing()
    context = {
        "queue": queue,
        "chosen": chosen,
        "choices": CHOICES,
        "marks": marks,
        "longest_note": LONGEST_NOTE,
        "mine": len(labels.decided_by(visit.analyst)),
        "all": len(standing),
        "precision": labels.precision(drawn="random"),
        "disputed": labels.disputed()[:20],
        "agreements": labels.agreements(),
        **(reading_of(store, history) if history else {"history": None}),
    }
    return answer(request, "triage.html", context, None)


@router.post("/triage/decide")
def decide(
    request: Request,
    desk: DeskDep,
    visit: VisitDep,
    store: StoreDep,
    choice: Annotated[Choice, Form()],
    listing: Annotated[list[str], Form(max_length=SIZE)],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    drawn: Annotated[list[str], Form(max_length=SIZE)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Keep one decision on each of the listings, and go on with the queue."""
    found = [history.listing for each in listing if (history := store.get(each)) is not None]
    if not found:
        raise HTTPException(404, "the store has none of these listings")
    ways = {name: cast("Drawn", way) for name, _, way in (each.partition(" ") for each in drawn)}
    labels_of(request, desk).decide(found, choice, analyst=visit.analyst, note=note, drawn=ways)
    return RedirectResponse("/triage", 303)


@router.post("/triage/undo")
def undo(request: Request, desk: DeskDep, visit: VisitDep) -> Response:
    """Take back the analyst's last decision."""
    labels = labels_of(request, desk)
    mine = [said[visit.analyst] for said in labels.standing().values() if visit.analyst in said]
    if mine:
        last = max(mine, key=lambda each: each.decided_at)
        labels.undo([last.id], analyst=visit.analyst)
    return RedirectResponse("/triage", 303)


def _read_thresholds(desk: Desk) -> Thresholds:
    if desk.settings.lexicon_dir is None:
        raise HTTPException(409, "no lexicon is configured; triage needs its thresholds")
    return read_lexicon(desk.settings.lexicon_dir).scoring.thresholds

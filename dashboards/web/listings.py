"""The listings page: a query with facets, the matching listings, and one of them to read."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboards.query import complete, parse, write
from dashboards.query.errors import QueryError
from dashboards.web.api import as_json
from dashboards.web.catalogue import CatalogueDep
from dashboards.web.crawled import Mark, show
from dashboards.web.pages import StoreDep, answer
from dashboards.web.period import today
from pipelines.store.answers import Facets, ListingHistory, Order, Page, Version
from pipelines.store.query import EVERYTHING, All, Has
from pipelines.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.records import TextField
    from pipelines.store.query import Field
    from pipelines.store.query import Query as Tree

router: Final = APIRouter()
SHOWN: Final = 40
TERMS: Final = 12
TEXTS: Final[dict[str, Wording]] = {
    "listings.query": Wording("查询", "Query"),
    "listings.hint": Wording(
        "例：term:四件套 verdict:flagged since:30d", "as in term:四件套 verdict:flagged since:30d"
    ),
    "listings.search": Wording("查询 ", "Search"),
    "listings.order": Wording("排序", "Order"),
    "listings.newest": Wording("最新", "newest"),
    "listings.strongest": Wording("分数最高", "strongest"),
    "listings.found": Wording("{count} 个商品", "{count} listings"),
    "listings.at least": Wording("{count} 个以上的商品", "over {count} listings"),
    "listings.of newest": Wording("分面只计最新的 {count} 个", "facets count the newest {count}"),
    "listings.none": Wording("没有符合的商品。", "No listing matches."),
    "listings.more": Wording("更多", "More"),
    "listings.first": Wording("回到开头", "From the beginning"),
    "listings.facets": Wording("分面", "Facets"),
    "listings.verdict": Wording("判定", "Verdict"),
    "listings.category": Wording("类别", "Category"),
    "listings.platform": Wording("平台", "Platform"),
    "listings.term": Wording("词", "Term"),
    "listing.read": Wording("阅读", "Reading"),
    "listing.choose": Wording("从列表中选一个商品来阅读。", "Choose a listing to read it here."),
    "listing.price": Wording("价格", "Price"),
    "listing.seller": Wording("卖家", "Seller"),
    "listing.offered": Wording("上架", "Offered"),
    "listing.seen": Wording("见到", "Seen"),
    "listing.seen.span": Wording("{first} 至 {last}", "{first} to {last}"),
    "listing.gone": Wording("{when} 起不见", "gone since {when}"),
    "listing.url": Wording("地址", "Address"),
    "listing.lexicon": Wording("词库版本", "Lexicon"),
    "listing.reasons": Wording("分数由来", "Why this score"),
    "listing.points": Wording("分", "Points"),
    "listing.reason": Wording("理由", "Reason"),
    "listing.versions": Wording("版本", "Versions"),
    "listing.version": Wording("{when} 起，{verdict}", "since {when}, {verdict}"),
    "listing.same": Wording("文字未变", "The words are the same"),
    "listing.links": Wording("同一卖家的其他店铺", "The seller's other shops"),
    "listing.unknown": Wording("库中没有这个商品。", "The store has no listing of this id."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `mistake` is what is wrong with the query; nothing is searched then."""

    text: str
    tree: Tree
    order: Order
    cursor: str | None
    mistake: str | None

    def address(self, *, tree: Tree | None = None, **more: str | None) -> str:
        """The page of this search, changed."""
        values = {"q": self.text if tree is None else write(tree), "order": self.order, **more}
        return "/listings?" + urlencode({name: value for name, value in values.items() if value})


def asked_for(
    catalogue: CatalogueDep,
    q: Annotated[str, Query(max_length=4000)] = "",
    order: Order = "newest",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Asked:
    try:
        return Asked(q, parse(q, catalogue, today=today()), order, cursor, None)
    except QueryError as error:
        return Asked(q, EVERYTHING, order, cursor, str(error))


@router.get("/listings")
@router.get("/listings.json")
def show_listings(
    request: Request,
    store: StoreDep,
    asked: Annotated[Asked, Depends(asked_for)],
    read: Annotated[str | None, Query(max_length=64, description="The listing to read.")] = None,
) -> Response:
    if asked.mistake and request.url.path.endswith(".json"):
        raise HTTPException(400, asked.mistake)
    page, facets = Page((), None), Facets(0, 0, {}, {}, {}, ())
    if not asked.mistake:
        page = store.search(asked.tree, order=asked.order, limit=SHOWN, cursor=asked.cursor)
        facets = store.facets(asked.tree, top=TERMS)
    history = store.get(read) if read else None
    if read and history is None:
        raise HTTPException(404, "the store has no listing of this id")
    context: dict[str, Any] = {
        "asked": asked,
        "page": page,
        "facets": facets,
        "groups": list(_groups(asked, facets)),
        "read": read,
        "more": asked.address(cursor=page.cursor) if page.cursor else None,
        "marks": marks,
        **(reading_of(store, history) if history else {"history": None}),
    }
    if request.url.path.endswith(".json"):
        found = {"facets": facets, "listings": page.listings, "cursor": page.cursor}
        return as_json({"query": asked.tree, **found})
    return answer(request, "listings.html", context, None)


@router.get("/listings/{listing_id}")
@router.get("/listings/{listing_id}.json")
def show_listing(request: Request, store: StoreDep, listing_id: str) -> Response:
    """One listing on a page of its own."""
    history = store.get(listing_id)
    if history is None:
        raise HTTPException(404, "the store has no listing of this id")
    if request.url.path.endswith(".json"):
        return as_json(history)
    return answer(request, "listing.html", {"marks": marks, **reading_of(store, history)}, None)


@router.get("/complete.json")
def show_completions(
    catalogue: CatalogueDep,
    q: Annotated[str, Query(max_length=4000)] = "",
    at: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """What the query may become, for the search box."""
    found = complete(q, min(at, len(q)), catalogue)
    whole = [{"value": q[: each.start] + each.text + q[each.end :], "label": each.label} for each in found]
    return JSONResponse({"completions": whole})


def marks(version: Version, field: TextField) -> list[Mark]:
    """The hits, signals and prices of a field, to be highlighted."""
    analysis = version.analysis
    found = [
        Mark(
            hit.start,
            hit.end,
            "excused" if hit.standing == "excused" else "term",
            f"{hit.term} · {hit.term_id}",
        )
        for hit in analysis.hits
        if hit.field == field
    ]
    found += [
        Mark(s.start, s.end, "signal", f"{s.kind}: {s.name}") for s in analysis.signals if s.field == field
    ]
    found += [Mark(p.start, p.end, "price", p.surface) for p in analysis.prices if p.field == field]
    return found


def difference(before: str, after: str) -> Markup:
    """A text with what it gained and lost since another, as insertions and deletions."""
    parts: list[Markup] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(show(after[c:d]))
            continue
        if a < b:
            parts.append(Markup("<del>{}</del>").format(show(before[a:b])))
        if c < d:
            parts.append(Markup("<ins>{}</ins>").format(show(after[c:d])))
    return Markup("").join(parts)


def reading_of(store: StoreDep, history: ListingHistory) -> dict[str, Any]:
    """What `reading.html` shows of a listing: its history, what changed in it, the seller's links."""
    listing = history.listing.listing
    links = store.links(platform=listing.platform, seller=listing.seller_id) if listing.seller_id else ()
    changes = []
    for before, after in zip(history.versions, history.versions[1:], strict=False):
        old, new = before.listing, after.listing
        changes.append(
            {
                "version": after,
                "title": difference(old.title, new.title) if old.title != new.title else None,
                "description": difference(old.description, new.description)
                if old.description != new.description
                else None,
                "prices": (old.price, new.price) if old.price != new.price else None,
            }
        )
    seller = Has("seller", (listing.seller_id,)) if listing.seller_id else None
    return {
        "history": history,
        "changes": changes[::-1],
        "kept": any(each.analysis.verdict == "flagged" for each in history.versions),
        "links": links,
        "seller_address": "/listings?" + urlencode({"q": write(seller)}) if seller else None,
    }


def _groups(asked: Asked, facets: Facets) -> Iterator[tuple[str, list[tuple[str, str, int, str]]]]:
    """Each facet with its values: (value, name or key, count, the address that narrows to it)."""
    fields: tuple[tuple[Field, Mapping[str, int]], ...] = (
        ("verdict", {str(name): count for name, count in facets.verdicts.items()}),
        ("category", {str(name): count for name, count in facets.categories.items()}),
        ("platform", facets.platforms),
    )
    for field, counts in fields:
        rows = [
            (value, value, count)
            for value, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        ]
        yield field, _narrowed(asked, field, rows)
    yield "term", _narrowed(asked, "term", [(t.term_id, t.term, t.listings) for t in facets.terms])


def _narrowed(
    asked: Asked, field: Field, rows: Sequence[tuple[str, str, int]]
) -> list[tuple[str, str, int, str]]:
    return [
        (value, name, count, asked.address(tree=All((asked.tree, Has(field, (value,))))))
        for value, name, count in rows
    ]

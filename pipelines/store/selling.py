"""Who sells what matches a query, and for how much, in the embedded store."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from pipelines.store.answers import TermCount, day_of
from pipelines.store.driving import arms
from pipelines.store.insights import Prices, PriceSeries, Quantiles, SellerActivity
from pipelines.store.rows import as_json, moment
from pipelines.store.searching import united
from pipelines.store.trends import first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from sqlite3 import Connection

    from pipelines.store.answers import Step
    from pipelines.store.query import Query

    type Offer = tuple[float, str | None, str | None]
    """Amount, currency, unit."""
    type Named = tuple[float | None, str | None, str | None]
    """The same of somebody who may have named no amount."""

_SELLING: Final = ("l.id", "l.platform", "l.seller_id", "l.verdict", "l.offered_at", "l.current")
_SELLERS: Final = """
    SELECT platform, seller, count(*) AS listings, sum(verdict = 'flagged') AS flagged,
        min(offered_at), max(offered_at)
    FROM matched WHERE seller IS NOT NULL GROUP BY platform, seller
    ORDER BY flagged DESC, listings DESC, seller, platform LIMIT ?
"""
_TERMS: Final = """
    SELECT m.platform, m.seller, h.term_id, t.term, t.category, count(DISTINCT m.id) AS listings
    FROM matched m CROSS JOIN hit h ON h.version = m.current JOIN term t ON t.term_id = h.term_id
    WHERE (m.platform, m.seller) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
        AND h.standing <> 'excused'
    GROUP BY 1, 2, 3 ORDER BY listings DESC, h.term_id
"""
_ASKING: Final = ("l.id", "l.offered_at", "l.current")
_PRICES: Final = """
    SELECT m.offered_at, v.findings ->> '$.prices', v.price, v.currency, v.unit
    FROM matched m CROSS JOIN version v ON v.id = m.current
"""
_STEPS: Final = (10, 25, 50, 75, 90)


def sellers(connection: Connection, query: Query, *, top: int) -> tuple[SellerActivity, ...]:
    selects = [arm.select(_SELLING) for arm in arms(query, "newest")]
    if not selects:
        return ()
    sql, values = united(selects)
    matched = f"WITH matched (id, platform, seller, verdict, offered_at, current) AS ({sql})"
    rows = connection.execute(matched + _SELLERS, (*values, top)).fetchall()
    terms: defaultdict[tuple[str, str], list[TermCount]] = defaultdict(list)
    wanted = as_json([[row[0], row[1]] for row in rows])
    for platform, seller, *term in connection.execute(matched + _TERMS, (*values, wanted)):
        terms[platform, seller].append(TermCount(*term))
    return tuple(
        SellerActivity(
            platform,
            seller,
            listings,
            flagged,
            tuple(terms[platform, seller]),
            day_of(moment(first)),
            day_of(moment(last)),
        )
        for platform, seller, listings, flagged, first, last in rows
    )


def prices(connection: Connection, query: Query, *, by: Step | None) -> Prices:
    selects = [arm.select(_ASKING) for arm in arms(query, "newest")]
    if not selects:
        return Prices(query, by, (), (), 0, 0)
    sql, values = united(selects)
    matched = f"WITH matched (id, offered_at, current) AS ({sql})"
    rows = connection.execute(matched + _PRICES, values)
    return priced(query, by, [(day_of(moment(at)), _asked(*asked)) for at, *asked in rows])


def priced(query: Query, by: Step | None, listings: Sequence[tuple[date, set[Offer]]]) -> Prices:
    """The prices of listings, each with its day and the prices that it names."""
    naming = [(day, asked) for day, asked in listings if asked]
    amounts: defaultdict[tuple[str | None, str | None], defaultdict[date, list[float]]]
    amounts = defaultdict(lambda: defaultdict(list))
    first = min((day for day, _ in naming), default=None)
    for day, asked in naming:
        step = first_day(day, by) if by else first or day
        for amount, currency, unit in asked:
            amounts[currency, unit][step].append(amount)
    filled = {step for series in amounts.values() for step in series}
    steps = _without_gaps(min(filled), max(filled), by) if by and filled else tuple(filled)
    series = [
        PriceSeries(*kind, tuple(_quantiles(found.get(step)) for step in steps))
        for kind, found in amounts.items()
    ]
    series.sort(key=lambda each: (-each.count, each.currency or "", each.unit or ""))
    return Prices(query, by, steps, tuple(series), len(naming), len(listings) - len(naming))


def asked_prices(written: Iterable[Named], own: Named) -> set[Offer]:
    """What a listing asks: the prices that its seller wrote; if there is none, its own price."""
    found = {(amount, currency, unit) for amount, currency, unit in written if amount is not None}
    return found or ({(own[0], own[1], own[2])} if own[0] is not None else set())


def written_prices(found: Iterable[Mapping[str, Any]]) -> Iterator[Named]:
    """What prices name, as both stores keep them."""
    return ((price["amount"], price["currency"], price["unit"]) for price in found)


def _asked(written: str, price: float | None, currency: str | None, unit: str | None) -> set[Offer]:
    return asked_prices(written_prices(orjson.loads(written)), (price, currency, unit))


def _without_gaps(first: date, last: date, by: Step) -> tuple[date, ...]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(dict.fromkeys(first_day(day, by) for day in days))


def _quantiles(amounts: Sequence[float] | None) -> Quantiles | None:
    if not amounts:
        return None
    return Quantiles(len(amounts), *(float(value) for value in np.percentile(amounts, _STEPS)))

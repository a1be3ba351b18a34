"""What analysts decide of listings: confirmed, not illicit, unsure; kept as labels that `evaluate` reads.

One line a decision, with the text as it was read, so that a label outlives the store. The last decision of
an analyst on a listing counts; taking one back adds a line as well.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints
from scipy.stats import binomtest

from dashboards.journal import Journal
from pipelines.evaluation import agreed
from pipelines.records import Category, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipelines.store.answers import StoredListing

Choice = Literal["confirmed", "not illicit", "unsure"]
Drawn = Literal["uncertain", "random", "second", "listings"]
"""How a listing came before the analyst: from the queue (see `dashboards.triage_queue`) or by a search."""

CHOICES: Final[tuple[Choice, ...]] = ("confirmed", "not illicit", "unsure")
LABELS_NAME: Final = "labels.jsonl"
LONGEST_NOTE: Final = 2000

_TRUTH: Final[Mapping[Choice, bool | None]] = {"confirmed": True, "not illicit": False, "unsure": None}

Analyst = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .@-]{0,59}$")]
"""A name from the configuration or the login, never from the request."""


class Decision(BaseModel):
    """A line of the labels file. The text is as it was stored (masked); `terms` are those that counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    platform: str
    source: str
    title: str
    description: str
    price: float | None
    illicit: bool | None
    """None for unsure, and for a decision taken back."""
    category: Category | Literal[""]
    decision: Choice | Literal["withdrawn"]
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)]
    analyst: Analyst
    decided_at: datetime
    drawn: Drawn
    verdict: Verdict
    """What the program said of it then."""
    score: float
    terms: tuple[str, ...]


class Interval(NamedTuple):
    """A share with its 95 % interval (Wilson's) and what it is a share of."""

    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two analysts on the listings that both decided on.

    `kappa` is Cohen's, over the three choices, with the bounds of its 95 % interval; None where chance alone
    would make them agree (both always choose the same), or n is 0.
    """

    analysts: tuple[str, str]
    n: int
    same: int
    kappa: float | None
    low: float | None
    high: float | None


class Labels:
    """The labels file of a workspace. `mask` takes personal data out of notes before they are written."""

    def __init__(self, path: Path, mask: Callable[[str], str]) -> None:
        self._journal = Journal(path, Decision)
        self._mask = mask
        self._taken: list[Decision] = []
        self._standing: dict[str, dict[str, Decision]] = {}

    @property
    def path(self) -> Path:
        return self._journal.path

    def decide(
        self,
        listings: Sequence[StoredListing],
        choice: Choice,
        *,
        analyst: str,
        note: str = "",
        category: Category | None = None,
        drawn: Mapping[str, Drawn] | None = None,
        now: datetime | None = None,
    ) -> list[Decision]:
        """Write one decision on each listing, durably. Without a category, a confirmed one has the judge's.

        `drawn` maps listing ids to how they were drawn; "listings" where it names none.
        """
        moment = now or datetime.now(UTC)
        masked = self._mask(note.strip())
        made = [
            _decision(
                stored,
                choice,
                analyst=analyst,
                note=masked,
                category=category,
                drawn=(drawn or {}).get(stored.listing.listing_id, "listings"),
                moment=moment,
            )
            for stored in listings
        ]
        self._journal.add(made)
        return made

    def undo(
        self, listing_ids: Iterable[str], *, analyst: str, now: datetime | None = None
    ) -> list[Decision]:
        """Take back the analyst's last decision on each listing; what was said before it counts again."""
        moment = now or datetime.now(UTC)
        back = []
        wanted = dict.fromkeys(listing_ids)
        said: dict[str, list[Decision]] = {listing_id: [] for listing_id in wanted}
        for line in self._journal.lines():
            if line.analyst == analyst and line.id in said:
                said[line.id].append(line)
        for lines in said.values():
            if not lines or lines[-1].decision == "withdrawn":
                continue
            before = lines[-2] if len(lines) > 1 else None
            if before is None or before.decision == "withdrawn":
                before = lines[-1].model_copy(update=_WITHDRAWN)
            back.append(before.model_copy(update={"decided_at": moment}))
        self._journal.add(back)
        return back

    def standing(self) -> Mapping[str, Mapping[str, Decision]]:
        """Listing id → analyst → the decision that counts, in the order in which they were made."""
        lines = self._journal.lines()
        known = len(self._taken)
        if known > len(lines) or (known and lines[known - 1] is not self._taken[-1]):
            self._taken, self._standing, known = [], {}, 0
        for line in lines[known:]:
            _take(self._standing, line)
        self._taken = list(lines)
        return self._standing

    def decided_by(self, analyst: str) -> set[str]:
        """The listings on which an analyst has a standing decision."""
        return {listing_id for listing_id, said in self.standing().items() if analyst in said}

    def disputed(self) -> list[Mapping[str, Decision]]:
        """What analysts said of listings on which they differ, the latest first."""
        found = [
            said for said in self.standing().values() if len({each.decision for each in said.values()}) > 1
        ]
        return sorted(found, key=lambda said: max(each.decided_at for each in said.values()), reverse=True)

    def agreements(self) -> list[Agreement]:
        """Every pair of analysts with listings in common, those with most in common first."""
        pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for said in self.standing().values():
            for one, other in combinations(sorted(said), 2):
                pairs.setdefault((one, other), []).append((said[one].decision, said[other].decision))
        found = [_agreement(analysts, choices) for analysts, choices in pairs.items()]
        return sorted(found, key=lambda each: (-each.n, each.analysts))

    def precision(self, term_id: str | None = None, *, drawn: Drawn | None = None) -> Interval | None:
        """Of flagged listings that analysts settled, the share that is illicit; None where none is settled.

        `term_id` asks for listings in which the term counted. With `drawn` "random" it estimates the
        precision of all flagged listings; over all decisions, the doubtful ones weigh too much.
        """
        truths = [
            truth
            for said, truth in self._flagged()
            if (not drawn or drawn in _ways(said)) and (term_id is None or term_id in _terms(said))
        ]
        return share(sum(truths), len(truths)) if truths else None

    def precisions(self) -> Mapping[str, Interval]:
        """The same by term: of flagged listings in which a term counted, drawn in whatever way."""
        truths: defaultdict[str, list[bool]] = defaultdict(list)
        for said, truth in self._flagged():
            for term_id in _terms(said):
                truths[term_id].append(truth)
        return {term_id: share(sum(found), len(found)) for term_id, found in truths.items()}

    def truths(self) -> Mapping[str, bool]:
        """Listing id → whether it is illicit, of listings on which those who are sure agree."""
        return {listing_id: truth for listing_id, _, truth in self._settled()}

    def _settled(self) -> Iterator[tuple[str, Mapping[str, Decision], bool]]:
        """Listings on which those who are sure agree: the id, what was said, and whether it is illicit."""
        for listing_id, said in self.standing().items():
            truth = agreed(each.illicit for each in said.values())
            if truth is not None:
                yield listing_id, said, truth

    def _flagged(self) -> Iterator[tuple[Mapping[str, Decision], bool]]:
        """Those of them that the program flagged."""
        for _, said, truth in self._settled():
            if next(iter(said.values())).verdict == "flagged":
                yield said, truth


_WITHDRAWN: Final = {"decision": "withdrawn", "illicit": None, "category": "", "note": ""}


def share(count: int, n: int) -> Interval:
    """A share of n > 0 with Wilson's 95 % interval."""
    bounds = binomtest(count, n).proportion_ci(method="wilson")
    return Interval(count / n, float(bounds.low), float(bounds.high), n)


def _decision(
    stored: StoredListing,
    choice: Choice,
    *,
    analyst: str,
    note: str,
    category: Category | None,
    drawn: Drawn,
    moment: datetime,
) -> Decision:
    listing, analysis = stored.listing, stored.analysis
    illicit = _TRUTH[choice]
    return Decision(
        id=listing.listing_id,
        platform=listing.platform,
        source=listing.source,
        title=listing.title,
        description=listing.description,
        price=listing.price.amount if listing.price else None,
        illicit=illicit,
        category=(category or analysis.category or "") if illicit else "",
        decision=choice,
        note=note,
        analyst=analyst,
        decided_at=moment,
        drawn=drawn,
        verdict=analysis.verdict,
        score=round(analysis.score, 4),
        terms=tuple(dict.fromkeys(hit.term_id for hit in analysis.hits if hit.standing != "excused")),
    )


def _take(standing: dict[str, dict[str, Decision]], line: Decision) -> None:
    said = standing.setdefault(line.id, {})
    said.pop(line.analyst, None)
    if line.decision != "withdrawn":
        said[line.analyst] = line
    elif not said:
        del standing[line.id]


def _terms(said: Mapping[str, Decision]) -> set[str]:
    """The terms that counted in a listing when it was decided on."""
    return {term_id for each in said.values() for term_id in each.terms}


def _ways(said: Mapping[str, Decision]) -> set[Drawn]:
    return {each.drawn for each in said.values()}


def _agreement(analysts: tuple[str, str], choices: Sequence[tuple[str, str]]) -> Agreement:
    n = len(choices)
    same = sum(one == other for one, other in choices)
    first, second = Counter(one for one, _ in choices), Counter(other for _, other in choices)
    observed = same / n
    chance = sum(first[choice] * second[choice] for choice in CHOICES) / n**2
    if chance == 1:
        return Agreement(analysts, n, same, None, None, None)
    kappa = (observed - chance) / (1 - chance)
    error = 1.96 * math.sqrt(observed * (1 - observed) / n) / (1 - chance)
    return Agreement(analysts, n, same, kappa, max(kappa - error, -1.0), min(kappa + error, 1.0))

"""What a fire leads to: a crawl in its own process, or a task of the service's own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from crawler.cluster import cluster_settings, keeping
from crawler.crawl import BUSY, Visit, crawl_one, shops_to_follow
from crawler.errors import ConfigError, JobError
from crawler.mailing import send_due
from crawler.service.plans import ALERTS, DIGEST, MAIL, SHIP, TIDY
from crawler.teams import read_teams
from pipelines.errors import PipelineError, StoreError
from pipelines.evidence.archive import prune
from spiders.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.config import Workspace
    from crawler.jobs import Job
    from crawler.nursery import Nursery
    from crawler.runs import RunSummary, SourceProgress
    from crawler.service.accounting import State
    from crawler.service.book import Book, Fire
    from crawler.service.plans import PlannedSource

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 3
"""How often a crawl is begun whose process is killed each time."""


class Ending(NamedTuple):
    """What became of a fire; `waiting` if it is to be gone on with."""

    state: State
    reason: str = ""
    peak_mb: float | None = None


def crawl(
    workspace: Workspace,
    nursery: Nursery,
    sources: Mapping[str, PlannedSource],
    fire: Fire,
    *,
    begun: Callable[[Job], None],
    counted: Callable[[RunSummary], None],
) -> Ending:
    """Crawl a source because its time has come or somebody asked, and the shops that its pages point to."""
    try:
        summary = crawl_one(workspace, nursery, Visit(sources[fire.name].path, fire.asked), _unseen, begun)
        counted(summary)
        for name, shops in shops_to_follow([summary], set()).items():
            if name in sources:
                visit = Visit(sources[name].path, "jump", shops)
                counted(crawl_one(workspace, nursery, visit, _unseen))
    except (SourceError, ConfigError, PipelineError) as error:
        return Ending("failed", str(error))
    except OSError as error:
        return Ending("failed", f"{error.filename or workspace.data_dir}: {error.strerror}")
    return ending_of(summary, fire)


def _unseen(_: SourceProgress) -> None:
    """Nobody watches how far a crawl of the service is."""


def ending_of(summary: RunSummary, fire: Fire) -> Ending:
    """What a run's end means for the fire that it was begun for."""
    reason = "; ".join(summary.reasons)
    peak = summary.exit.peak_mb if summary.exit else None
    if summary.outcome == "skipped":
        return Ending("waiting" if BUSY in summary.reasons else "missed", reason)
    if summary.ledger == "stopped":
        return Ending("waiting", reason, peak)
    if "killed" in summary.errors and fire.attempts + 1 < MOST_ATTEMPTS:
        return Ending("waiting", reason, peak)
    return Ending("done" if summary.outcome == "done" else "failed", reason, peak)


def perform(workspace: Workspace, book: Book, name: str) -> Ending:
    """Do one of the service's own tasks."""
    tasks = {SHIP: _ship, TIDY: _tidy, MAIL: _mail, DIGEST: _digest, ALERTS: _alerts}
    try:
        return Ending("done", tasks[name](workspace, book))
    except (JobError, StoreError, ConfigError) as error:
        return Ending("failed", str(error))
    except OSError as error:
        return Ending("failed", f"{error.filename or name}: {error.strerror}")


def _ship(workspace: Workspace, _: Book) -> str:
    from crawler.shipping import Shipper, only_shipper
    from pipelines.store.elasticsearch.connection import connect
    from pipelines.store.elasticsearch.indices import Indices
    from pipelines.store.elasticsearch.outbox import Outbox

    prefix = workspace.config.elasticsearch_prefix
    client = connect(cluster_settings(workspace))
    with only_shipper(workspace.data_dir), Outbox(workspace.store_path, prefix) as outbox:
        # patience 0: the next time comes soon, and a stop needn't be waited for
        result = Shipper(outbox, client, Indices(client, prefix, keeping(workspace)), patience=0).ship()
    return f"{result.written:,} documents shipped, {result.refused:,} refused"


def _mail(workspace: Workspace, _: Book) -> str:
    sending = send_due(workspace, datetime.now(UTC))
    if sending.waiting and sending.reasons:
        raise JobError("; ".join(sending.reasons))
    return f"{sending.sent} mails sent, {sending.waiting} wait"


def _digest(workspace: Workspace, _: Book) -> str:
    from crawler.digesting import day_before, put_digest

    now = datetime.now(UTC)
    put = put_digest(workspace, day_before(now), read_teams(workspace), now)
    return f"{put} digests put into the outbox"


def _alerts(workspace: Workspace, _: Book) -> str:
    from crawler.alerts.watching import put_alerts

    outcomes = put_alerts(workspace, datetime.now(UTC))
    return f"{sum(bool(each.letters) for each in outcomes)} of {len(outcomes)} rules had something to say"


def _tidy(workspace: Workspace, book: Book) -> str:
    now = datetime.now(UTC)
    config = workspace.config
    gone = prune(workspace.evidence_dir, config.evidence_days, now=now)
    before = now - timedelta(days=config.log_days)
    logs = [path for path in workspace.logs_dir.glob("*.log") if path.stat().st_mtime < before.timestamp()]
    for path in logs:
        path.unlink(missing_ok=True)
    fires = book.forget(before)
    return f"{len(gone)} archives of evidence, {len(logs)} logs and {fires} old entries deleted"

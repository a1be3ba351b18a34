"""Only the hosts of the source, and no private addresses: checked for every request, redirects included."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.error import DNSLookupError

from spiders.contract import allows
from spiders.errors import RefusedError

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Self

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler, CrawlerProcess
    from scrapy.statscollectors import StatsCollector
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not private, loopback, link-local or reserved."""
    parsed = ip_address(address)
    return parsed.is_global and not parsed.is_multicast


class PrivateAddressError(DNSLookupError):
    """A host that turned out to be at a private address."""


class HostsMiddleware(OffsiteMiddleware):
    """Scrapy's check of hosts, by the source's `hosts` and with no exemptions, and of private addresses."""

    def __init__(self, stats: StatsCollector) -> None:
        super().__init__(stats)
        self._public: set[str] = set()

    def request_scheduled(self, request: Request, spider: Spider) -> None:  # noqa: ARG002
        """Refuses links and redirects to other hosts before they are queued."""
        try:
            self._check_host(request)
        except RefusedError as error:
            self.stats.inc_value("error/other-host")
            logger.warning("%s", error)  # nothing else tells of it
            raise

    def process_request(  # type: ignore[override]
        self,
        request: Request,
        spider: Spider | None = None,  # noqa: ARG002
    ) -> Coroutine[Any, Any, None] | None:
        """Raises `RefusedError` for another host; what it returns, awaited, for a private address."""
        self._check_host(request)
        host = urlparse_cached(request).hostname or ""
        if self._source.allow_private or host in self._public:
            return None
        return self._check_address(request, host)

    async def _check_address(self, request: Request, host: str) -> None:
        from twisted.internet import reactor

        try:
            if not is_public(host):
                raise self._private(request, host)
        except ValueError:  # a name; what it resolves to is kept as long as this process lives
            try:
                await maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[arg-type]
            except PrivateAddressError as error:
                raise self._private(request, str(error)) from error
            except DNSLookupError:
                return  # the download fails on it in its turn, is retried and reported as such
        self._public.add(host)

    def _check_host(self, request: Request) -> None:
        if request.url.startswith(("http://", "https://")) and allows(self._source.hosts, request.url):
            return
        host = urlparse_cached(request).hostname or request.url
        came = "".join(f"{url} leads to " for url in request.meta.get("redirect_urls", ()))
        raise RefusedError("other-host", f"{came}{request.url}: {host} is not among the source's hosts")

    def _private(self, request: Request, address: str) -> RefusedError:
        return RefusedError(
            "private-address",
            f"{request.url}: {address} is a private address; allow_private: true would allow it",
        )

    @property
    def _source(self) -> Any:
        return self.crawler.spider.source  # type: ignore[union-attr]


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, failing for names at private addresses unless every running source allows them.

    The address that is checked here is the one that is connected to.
    """

    process: CrawlerProcess

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """`crawler` is the CrawlerProcess: resolvers are per process."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.process = crawler  # type: ignore[assignment]
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """The IPv4 address of a name, or a `PrivateAddressError`."""
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        allowed = [crawler.settings.getbool("ALLOW_PRIVATE") for crawler in self.process.crawlers]
        if is_public(address) or (allowed and all(allowed)):
            return address
        raise PrivateAddressError(f"{name} ({address})")

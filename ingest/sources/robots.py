"""Read what a host's robots.txt allows, as RFC 9309 has it."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

from ingest.fetch import Fetcher, Forbidden, HttpStatus, TooLarge, TooManyRedirects

_ROBOT = "TownClerk"
_LONGEST = 500_000


@dataclass(frozen=True, slots=True)
class Robots:
    """What one host allows. delay: seconds between requests that it asks for, 0 where none."""

    rules: Protego
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        return bool(self.rules.can_fetch(address, _ROBOT))


def read_robots(fetcher: Fetcher, origin: str) -> Robots:
    """Ask a host what may be read.

    A host without robots.txt allows everything. Raises FetchError where the host is broken or
    silent: then nothing may be asked of it (RFC 9309, 2.3.1.4).
    """
    try:
        response = fetcher.get(f"{origin}/robots.txt", max_bytes=_LONGEST)
        return _parse(response.body)
    except HttpStatus as error:
        if error.status >= 500 or error.status == 429:
            raise
    except (TooManyRedirects, TooLarge):
        pass
    except Forbidden as error:
        if error.passing:
            raise
    return _parse(b"")


def _parse(body: bytes) -> Robots:
    rules = Protego.parse(body.decode("utf-8-sig", "replace"))
    return Robots(rules, float(rules.crawl_delay(_ROBOT) or 0), tuple(rules.sitemaps))

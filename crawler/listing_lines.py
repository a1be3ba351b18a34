"""JSON Lines in, JSON Lines out: the stable interface of `jargonwatch analyze --format jsonl`.

One listing a line, one answer a line, in the same order. `docs/analyze.md` describes both.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pipelines.analysis import analyze
from pipelines.masking import mask_text
from pipelines.records import Listing, Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pipelines.lexicon.load import Lexicon
    from pipelines.records import Analysis, Price, Signal

MAX_LINE_BYTES: Final = 16 * 1024 * 1024

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_OWN_KEYS: Final = frozenset({"id", "title", "description", "price"})
_PHRASES: Final = frozenset({"secrecy", "trust"})
_LONG_NUMBER: Final = 10**10
"""From eleven digits on, a number may be a telephone, a card or an identity number."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class LineError(Exception):
    """A line that is no listing. The message never quotes the line, which may hold personal data."""


@dataclass(frozen=True, slots=True)
class ListingLine:
    """A line as it was read: the listing, its id as written, and the keys that are only carried over."""

    listing: Listing
    written_id: Any
    carried: dict[str, Any]


def analyze_lines(source: BinaryIO, sink: BinaryIO, lexicon: Lexicon, key: bytes) -> int:
    """Answer every line of `source` on `sink` as it comes; how many lines were answered with an error."""
    errors = 0
    for number, line in read_lines(source):
        try:
            written = json_line(_answer(line, lexicon, key))
        except (LineError, RecursionError) as error:
            message = str(error) if isinstance(error, LineError) else "not a listing: nested too deeply"
            written = json_line({"error": {"line": number, "message": message}})
            errors += 1
        sink.write(written)
        sink.flush()
    return errors


def _answer(line: bytes | None, lexicon: Lexicon, key: bytes) -> dict[str, Any]:
    read = read_listing(line)
    answer = {"id": read.written_id, **analysis_record(analyze(read.listing, lexicon), key)}
    carried = {
        mask_text(name, key).text: _masked(value, key)
        for name, value in read.carried.items()
        if name not in answer
    }
    return answer | carried


def read_lines(source: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their number from 1; None for a line that is too long to be a listing."""
    number = 0
    while line := source.readline(MAX_LINE_BYTES):
        number += 1
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := source.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line


def read_listing(line: bytes | None) -> ListingLine:
    """A line as a listing; a `LineError` says what is wrong with it."""
    if line is None:
        raise LineError(f"longer than {MAX_LINE_BYTES // 1024 // 1024} MB")
    given = _object(line)
    title, description = _text(given, "title"), _text(given, "description")
    if title is None and description is None:
        raise LineError("title: missing; a listing needs a title or a description")
    listing = Listing(
        listing_id=str(given.get("id", "")),
        platform=_name(given, "platform"),
        source=_name(given, "source"),
        title=title or "",
        description=description or "",
        price=_price(given.get("price")),
        seen_at=datetime.now(UTC),
    )
    carried = {name: value for name, value in given.items() if name not in _OWN_KEYS}
    return ListingLine(listing, given.get("id"), carried)


def analysis_record(analysis: Analysis, key: bytes) -> dict[str, Any]:
    """An analysis as JSON values. What contacts and prices look like on the page is masked."""
    signals = [_masked_surface(signal, key) for signal in analysis.signals]
    return {
        "verdict": analysis.verdict,
        "score": round(analysis.score, 4),
        "category": analysis.category,
        "hits": [
            {
                "term": hit.term,
                "term_id": hit.term_id,
                "category": hit.category,
                "surface": hit.surface,
                "start": hit.start,
                "end": hit.end,
                "field": hit.field,
                "disguise": hit.disguise,
                "standing": hit.standing,
                "because": list(hit.because),
            }
            for hit in analysis.hits
        ],
        "signals": {
            "prices": [_masked_surface(price, key) for price in analysis.prices],
            "contacts": [signal for signal in signals if signal["kind"] not in _PHRASES],
            "phrases": [signal for signal in signals if signal["kind"] in _PHRASES],
        },
        "reasons": [
            {"code": reason.code, "points": round(reason.points, 4), "zh": reason.zh, "en": reason.en}
            for reason in analysis.reasons
        ],
    }


def _masked_surface(found: Signal | Price, key: bytes) -> dict[str, Any]:
    return asdict(found) | {"surface": mask_text(found.surface, key).text}


def _object(line: bytes) -> dict[str, Any]:
    try:
        given = json.loads(line.decode("utf-8"), parse_float=_finite, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 (byte {error.start + 1} of the line)") from error
    except json.JSONDecodeError as error:
        where = f" (column {error.colno})" if line.strip() else ""
        raise LineError(f"not JSON: {error.msg if line.strip() else 'the line is empty'}{where}") from error
    except ValueError as error:
        raise LineError(f"not JSON: {error}") from error
    if not isinstance(given, dict):
        raise LineError("not a listing: a JSON object is needed, with at least a title")
    return given


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise LineError(f"{name}: must be text")
    # Half a character cannot be analysed; a replacement keeps every position.
    return _LONE_SURROGATE.sub("\ufffd", value) if value is not None else None


def _name(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _price(value: Any) -> Money | None:
    """A number, or text that is one; a price in other words is no amount, as on many pages."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LineError("price: must be a number")
    try:
        amount = float(value.strip().lstrip("¥￥") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return Money(amount) if math.isfinite(amount) else None


def _masked(value: Any, key: bytes) -> Any:
    """A carried value without personal data, whatever it is nested in."""
    if isinstance(value, str):
        return mask_text(value, key).text
    if isinstance(value, dict):
        return {mask_text(name, key).text: _masked(inner, key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, key) for inner in value]
    if isinstance(value, int) and abs(value) >= _LONG_NUMBER:
        masked = mask_text(str(value), key).text
        return value if masked == str(value) else masked
    return value


def json_line(answer: dict[str, Any]) -> bytes:
    """An answer as a line of UTF-8, unescaped."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Only half characters cannot be UTF-8; Python's escape for them is JSON's.
    return text.encode("utf-8", "backslashreplace") + b"\n"

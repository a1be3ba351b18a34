"""A saved page (HTML, MHTML or text) → its main text, without the portal around it.

HTML goes through trafilatura. Text has no markup left that could tell article from sidebar, so what remains
is the shape of the lines: an article is paragraphs of sentences, a sidebar is a list of cards (headline,
teaser, date) that repeats, and footers begin with phrases such as 责任编辑. The same reading of lines cleans
what trafilatura lets through.
"""

from __future__ import annotations

import email
import email.policy
import logging
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import trafilatura
from w3lib.encoding import html_to_unicode

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from typing import BinaryIO

logging.getLogger("trafilatura").addHandler(logging.NullHandler())

MAX_PAGE_BYTES: Final = 50_000_000

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|div|article)\b", re.IGNORECASE)
_MHTML = re.compile(rb"^(?:[\w-]+:.*\r?\n(?:[ \t].*\r?\n)*)*content-type:\s*multipart/related", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageText:
    """The main text of a page.

    `text` of a text page is as long as the file's own text, with everything around the article blanked
    out, so that positions in it are positions in the file. `text` of an HTML page is the extracted text.
    """

    text: str
    left_out: int
    """How many lines were taken for portal noise."""


def read_page(stream: BinaryIO, name: str) -> PageText:
    """The main text of a saved page; a `ConfigError` for what is no page."""
    content = stream.read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:
        raise ConfigError(f"{name}: is larger than {MAX_PAGE_BYTES // 1_000_000} MB; that is no page")
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{name}: is neither HTML nor text; save the page as HTML, MHTML or text")
    return page_text(content)


def page_text(content: bytes) -> PageText:
    """The main text of a page's bytes, in whatever encoding they say or show."""
    if _MHTML.match(content):
        part = email.message_from_bytes(content, policy=email.policy.default).get_body(("html", "plain"))
        content = part.get_payload(decode=True) if part else b""  # type: ignore[assignment]
    text = html_to_unicode(None, content, auto_detect_fun=_encoding_of)[1]
    return main_text(_text_of_html(text) if _HTML.search(text[:5000]) else text)


def _text_of_html(html: str) -> str:
    """The extracted article under its title; all the text of the page where nothing is an article."""
    article = trafilatura.extract(html, include_comments=False)
    if not article:
        return trafilatura.html2txt(html)
    title = (trafilatura.extract_metadata(html).title or "").strip()
    return article if article.startswith(title) else f"{title}\n{article}"


def _encoding_of(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def main_text(text: str) -> PageText:
    """A text with everything but the article blanked out, at the same length.

    A text without an article (a shop's list of goods, a chat) is main text from end to end.
    """
    lines = text.splitlines(keepends=True)
    filled = [number for number, line in enumerate(lines) if line.strip()]
    kinds = "".join(_kind(lines[number].strip()) for number in filled)
    noise = {filled[place] for place in _noise(kinds)}
    kept = (_blank(line) if number in noise else line for number, line in enumerate(lines))
    return PageText("".join(kept), len(noise))


def _blank(line: str) -> str:
    return "".join(character if character in "\r\n" else " " for character in line)


# The kinds of lines, a letter each, so that a page is a word and its shapes are regular expressions.
_HEADLINE, _PARAGRAPH, _LONG, _TEASER, _STAMP = "h", "p", "P", "c", "t"
_CRUMBS, _ASIDE, _END = "n", "a", "e"

# Widths in columns, a Chinese character being two.
_NARROW_PARAGRAPH: Final = 40
_WIDE_HEADLINE: Final = 120
_WIDE_PARAGRAPH: Final = 500

_SENTENCE_END = re.compile(r"[。!?!?;;.…][”\"’』」)))]*$")
_CUT_SHORT = re.compile(
    r"(?:\.{3,}|…+|[\[【((]?(?:详细|全文|查看全文|阅读全文|查看详情|更多|read more|more)[\]】))]?\s*[>»]*)$",
    re.IGNORECASE,
)
_STAMP_WORDS = re.compile(
    r"日期|时间|发[布表]于?|更新|来源|作者|编辑|阅读|浏览|点击|评论|回复|点赞|热度|次|人|条"
    r"|刚刚|今天|昨天|前天|[年月日时分秒]|小时|分钟|天前|前|星期.|周."
    r"|\b(?:date|posted|updated|views?|comments?|ago|on|by|am|pm|hours?|minutes?|days?"
    r"|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_PATH = re.compile(
    r"^(?:您|你)?(?:的|所在的?|现在的?|当前的?)*位置|^首页\s*[>»›/|]|(?:[>»›].*){2}|^you are here",
    re.IGNORECASE,
)
_MARK_LENGTH: Final = 60
_ASIDE_MARK = re.compile(
    r"""^\W*(?:
      (?:相关|延伸|推荐|热门|热点|精彩|最新|更多|猜你|大家都在|为您|编辑|今日|本周|本月|一周|24小时)
      (?:阅读|文章|新闻|推荐|资讯|内容|报道|专题|链接|标签|喜欢|看|搜|排行|热[点门]|关注|话题|视频|图片|下载)+\W*
      |(?:related|recommended|trending|popular|most\ read|you\ may\ also\ like)\b.{0,30}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_END_MARK = re.compile(
    r"""^\W*(?:
      返回(?:网站|本站)?(?:首页|顶部|列表)
      |(?:本文|网友|最新|全部|热门|精彩|用户|发表)?(?:评论|跟帖|留言)(?:区|列表)?\W*\d*\W*$
      |发表评论|我要评论|责任?编辑|责编|上一[篇页条]|下一[篇页条]
      |本文(?:标题|地址|链接|网址|关键[词字]|标签|来源)|原文(?:标题|地址|链接)
      |免责声明|版权(?:声明|所有|归)|特别声明|郑重声明|举报邮箱|打印本[页文]|关闭窗口|加入收藏|转载请注明
      |copyright|©|all\ rights\ reserved|comments?\W*\d*$|leave\ a\ (?:comment|reply)
      |(?:previous|next)\ (?:post|article)
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# Cards without a date: a headline and a teaser cut short, at least three in a row.
_TEASERS = re.compile(r"h{1,2}p?c(?:[hp]{1,2}p?c){2,}")
_STAMPS = re.compile(r"t+")
_CARD = re.compile(r"[hp][hpc]{0,3}")
_LEAST_CARDS: Final = 3
_LINKS = re.compile(r"h{5,}")
_RESUMED = re.compile(r"[pP]{2}|P")


def _kind(line: str) -> str:
    if len(line) <= _MARK_LENGTH:
        if _END_MARK.match(line):
            return _END
        if _ASIDE_MARK.match(line):
            return _ASIDE
        if _PATH.search(line):
            return _CRUMBS
        rest = _NOT_LETTERS.sub("", _STAMP_WORDS.sub("", line))
        if len(rest) <= 1 and any(character.isdigit() for character in line):
            return _STAMP
    if _CUT_SHORT.search(line):
        return _TEASER
    width = sum(2 if character > "\u2e80" else 1 for character in line)
    if width > _WIDE_HEADLINE or (width > _NARROW_PARAGRAPH and _SENTENCE_END.search(line)):
        return _LONG if width > _WIDE_PARAGRAPH else _PARAGRAPH
    return _HEADLINE


def _noise(kinds: str) -> set[int]:
    """Which lines of a page (places in the word of its kinds) belong to the portal around the article."""
    lists = [found.span() for found in _TEASERS.finditer(kinds)]
    cards = {place for span in (*lists, *_dated_lists(kinds)) for place in range(*span)}
    shapes = "".join("·" if place in cards else kind for place, kind in enumerate(kinds))
    article = [place for place, kind in enumerate(shapes) if kind in (_PARAGRAPH, _LONG)]
    if not article:
        return set()
    first = article[0]
    end = next((place for place in range(first, len(shapes)) if shapes[place] == _END), len(shapes))
    noise = cards | set(range(end, len(shapes)))
    noise |= {place for place, kind in enumerate(shapes) if kind in (_CRUMBS, _END)}
    for place in range(end):
        if shapes[place] == _ASIDE:
            resumed = _RESUMED.search(shapes, place, end)
            noise |= set(range(place, resumed.start() if resumed else end))
    last = max(place for place in article if place < end)
    for links in _LINKS.finditer(shapes):
        if links.end() <= first:  # the two lines above the article are its headings
            noise |= set(range(links.start(), links.end() - 2))
        elif links.start() > last:
            noise |= set(range(*links.span()))
    return noise


def _dated_lists(kinds: str) -> list[tuple[int, int]]:
    """Lists of cards with a date each: dates that follow each other at the distance of a card."""
    stamps = [found.span() for found in _STAMPS.finditer(kinds)]
    runs = [stamps[:1]]
    for before, stamp in pairwise(stamps):
        if _CARD.fullmatch(kinds, before[1], stamp[0]):
            runs[-1].append(stamp)
        else:
            runs.append([stamp])
    return [_with_outer_cards(kinds, run) for run in runs if len(run) >= _LEAST_CARDS]


def _with_outer_cards(kinds: str, run: list[tuple[int, int]]) -> tuple[int, int]:
    """Where a list begins and ends: dates may stand at the end of their cards or at the beginning."""
    start, end = run[0][0], run[-1][1]
    between = [kinds[one[1] : other[0]] for one, other in pairwise(run)]
    shape = max(between, key=between.count)
    if kinds[:start].endswith(shape) or kinds[:start].endswith(shape.replace("c", "p")):
        start -= len(shape)
    if kinds.startswith(shape, end):
        end += len(shape)
    return start, end

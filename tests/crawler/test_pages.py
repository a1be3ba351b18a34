"""Saved pages: the main text is found, the portal around it is not counted, positions stay true."""

from __future__ import annotations

import io
import quopri
from pathlib import Path

import pytest

from crawler.errors import ConfigError
from crawler.pages import main_text, page_text, read_page

NEWS_PAGE = Path("../shared/data/news-page.txt")

ARTICLE = [
    "记者调查:旧货市场里的暗语",
    "发布时间:2024-05-06 09:30  来源:晚报  记者 某某",
    "在一家旧货市场里,卖家在商品标题中写下只有熟客才看得懂的词语,价格也只在私下里说。",
    "“东西都在,你加我再说。”一名卖家这样回复,他要求换一个地方继续谈,此后便不再回答问题。",
    "暗语从哪里来",
    "平台的工作人员介绍,这些词语每隔几周就会更换一次,新的写法往往从谐音和拆字开始。",
    "研究者建议,平台应当公布处理结果,并与其他平台交换新出现的词语,以便及早发现。",
]
CARDS = [
    (
        "新款手机今日开售 线下排起长队",
        "今天上午十点,新款手机在各大城市开售,不少门店门口排起了长队。...",
        "日期:05-05",
    ),
    ("周末天气预报:多云转晴", "气象台预计,本周末本市以多云转晴为主,气温略有上升,适宜出行。...", "日期:05-04"),
    (
        "本地球队客场取胜,排名升至第三",
        "昨晚的比赛中,本地球队以二比一战胜对手,积分榜上升至第三位。...",
        "日期:05-03",
    ),
    ("博物馆推出夜场", "博物馆宣布从下周起推出夜场,观众可在晚上九点前入场参观展览。...", "日期:05-02"),
]
SIDEBAR = [line for card in CARDS for line in card]
DATE_FIRST = [line for headline, teaser, date in CARDS for line in (date, headline, teaser)]


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_an_article_without_surroundings_is_kept_whole():
    text = "\n\n".join(ARTICLE)
    assert main_text(text).text == text


@pytest.mark.parametrize(
    "surrounded",
    [
        [*ARTICLE, "返回网站首页", "本文评论", *SIDEBAR],
        [*ARTICLE, *SIDEBAR],
        [*SIDEBAR, *ARTICLE],
        [*SIDEBAR, *ARTICLE, *DATE_FIRST],
        ["您的位置:首页 > 社会 > 正文", *ARTICLE, "责任编辑:某某", "相关阅读", *SIDEBAR],
        [
            "首页 > 社会 > 正文",
            *ARTICLE,
            "下一篇:周末天气预报",
            "网友评论(23)",
            "说得对,支持严查这种行为,一定要管一管。",
        ],
        [
            "新闻",
            "财经",
            "体育",
            "娱乐",
            "科技",
            "汽车",
            *ARTICLE,
            "热门推荐",
            "新款手机开售",
            "周末天气",
            "球队取胜",
        ],
    ],
    ids=["marked", "unmarked", "before", "both sides", "related", "comments", "navigation"],
)
def test_the_portal_around_an_article_is_not_counted(surrounded):
    assert lines_of(main_text("\n".join(surrounded)).text) == ARTICLE


def test_related_links_in_the_middle_of_an_article_do_not_end_it():
    text = "\n".join([*ARTICLE[:4], "相关阅读", "旧货市场整顿一个月", "暗语词典", *ARTICLE[5:]])
    assert lines_of(main_text(text).text) == [*ARTICLE[:4], *ARTICLE[5:]]


def test_positions_in_the_main_text_are_positions_in_the_page():
    page = "\r\n".join(["您的位置:首页 > 社会", *SIDEBAR, *ARTICLE, "本文评论", *SIDEBAR])
    text = main_text(page).text
    assert len(text) == len(page)
    start = text.index("谐音")
    assert page[start : start + 2] == "谐音"


def test_a_list_of_goods_has_no_article_and_is_kept_whole():
    goods = [line for n in range(8) for line in (f"出闲置键盘 {n} 号", f"¥{n}9", f"{n + 1}小时前")]
    text = "\n".join(["旧货市场", *goods])
    assert lines_of(main_text(text).text) == lines_of(text)


def test_an_english_page_is_read_the_same_way():
    article = [
        "Reporters look into coded listings",
        "Sellers on a second-hand market write words that only some understand, and talk elsewhere.",
        "The platform says that these words change every few weeks, and start from sounds.",
    ]
    after = [
        "Related articles",
        "Weather for the weekend",
        "Team wins away",
        "Comments (3)",
        "Well said, all of it.",
    ]
    assert lines_of(main_text("\n".join([*article, *after])).text) == article


def html_page(charset: str) -> bytes:
    cards = "".join(
        f"<li><a href='/{n}'>{c[0]}</a><p>{c[1]}</p><i>{c[2]}</i></li>" for n, c in enumerate(CARDS)
    )
    body = "".join(f"<p>{line}</p>" for line in ARTICLE[2:])
    return (
        f"<!DOCTYPE html><html><head><meta charset='{charset}'><title>{ARTICLE[0]}</title></head>"
        f"<body><nav><a href='/'>首页</a> <a href='/s'>社会</a></nav>"
        f"<article><h1>{ARTICLE[0]}</h1>{body}</article>"
        f"<aside><h3>热门推荐</h3><ul>{cards}</ul></aside><footer>版权所有</footer></body></html>"
    ).encode(charset)


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_the_article_of_an_html_page_is_taken_with_its_title(charset):
    lines = lines_of(page_text(html_page(charset)).text)
    assert lines == [ARTICLE[0], *ARTICLE[2:]]


def test_a_page_saved_as_one_mhtml_file_is_read():
    head = (
        b"From: <Saved by Blink>\r\nSubject: page\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="b1"\r\n\r\n'
        b"--b1\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = lines_of(page_text(head + quopri.encodestring(html_page("utf-8")) + b"\r\n--b1--\r\n").text)
    assert lines == [ARTICLE[0], *ARTICLE[2:]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_page_is_read_in_the_encoding_it_has(encoding):
    assert lines_of(page_text("\n".join(ARTICLE).encode(encoding)).text) == ARTICLE


def test_an_empty_page_has_no_text():
    assert page_text(b"").text == ""
    assert page_text(b"<html><body></body></html>").text.strip() == ""


def test_what_is_no_page_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"picture\.png: is neither HTML nor text"):
        read_page(io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "picture.png")


def test_the_sidebar_of_a_real_portal_page_is_left_out():
    if not NEWS_PAGE.exists():
        pytest.skip("the shared data are not here")
    page = NEWS_PAGE.read_text(encoding="utf-8")
    text = main_text(page).text
    head, sidebar = page.split("本文评论\n")
    assert "人脸四件套" in text
    assert "两万套" in text
    assert "0.5元一份" in text
    assert [line for line in sidebar.splitlines() if line.strip() and line in text] == []
    paragraphs = [line for line in head.splitlines() if line.endswith(("。", "?", "”"))]
    assert [line for line in paragraphs if line not in text] == []

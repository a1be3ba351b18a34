"""Phrases of secrecy and trust, pointers to other platforms, domains."""

from __future__ import annotations

import pytest

from tests.pipelines.packaged_signals import finder, signals, spec


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("出售人脸四件套，懂的来", "secrecy", "懂的来"),
        ("懂★的★来", "secrecy", "懂的来"),
        ("懂得私", "secrecy", "懂的来"),
        ("同行勿扰", "secrecy", "同行勿扰"),
        ("烟油的私我带价来聊", "secrecy", "带价来"),
        ("非诚勿扰", "secrecy", "诚心要的来"),
        ("不看征信黑户可做", "secrecy", "不查征信"),
        ("纯绿色代发", "secrecy", "纯绿色"),
        ("有卖票的走担保", "trust", "走担保"),
        ("支持擔保", "trust", "走担保"),
        ("一手卡源", "trust", "一手"),
        ("质保90天", "trust", "质保"),
        ("人脸视频包过", "trust", "包过"),
        ("可驗證後付款", "trust", "先验后付"),
        ("先验后付NAME总", "trust", "先验后付"),
        ("货到付款", "trust", "货到付款"),
        ("不议价", "trust", "不议价"),
        ("包教会", "trust", "包教包会"),
        ("日结无押金", "trust", "日结"),
        ("闲鱼见", "cross-platform", "xianyu"),
        ("某宝同款店", "cross-platform", "taobao"),
        ("转转交易", "cross-platform", "zhuanzhuan"),
        ("点我头像", "cross-platform", "profile"),
        ("看简介", "cross-platform", "profile"),
        ("复制到浏览器", "cross-platform", "baidu"),
    ],
)
def test_a_phrase_is_known_by_its_headword(text, kind, name):
    assert name in [found for found, _ in signals(text, kind)]


@pytest.mark.parametrize(
    "text",
    [
        "一手机壳", "统一手机价", "第一手资料", "自用一手", "面包过期", "打包过来", "携带私人物品",
        "保密柜", "近日结束", "包会员费", "绿色外套", "公司有关系统", "可面对面", "小黄鱼干", "上车险",
        "运费到付", "淘宝卖家", "包。过两天发",
    ],
)  # fmt: skip
def test_an_ordinary_phrase_says_nothing(text):
    assert signals(text) == []


def test_ordinary_words_weigh_little_and_code_words_much():
    weights = {phrase.name: phrase.weight for phrase in spec().phrases}
    assert [weights[name] for name in ("质保", "一手", "诚心要的来", "保真")] == ["weak"] * 4
    assert [weights[name] for name in ("懂的来", "走担保", "带价来", "同行勿扰")] == ["strong"] * 4
    assert finder().weight("secrecy", "懂的来") == "strong"
    assert finder().weight("domain", "throwaway") == "strong"


def test_every_phrase_form_finds_its_own_phrase():
    for phrase in spec().phrases:
        for form in (phrase.name, *phrase.forms):
            assert phrase.name in [name for name, _ in signals(form, phrase.kind)], form
    for pointer in spec().pointers:
        for form in pointer.forms:
            assert pointer.name in [name for name, _ in signals(form, "cross-platform")], form


@pytest.mark.parametrize(
    "text",
    [
        "真的我这里vyw96.top", "壹号入口 h80yc.top", "❸0❶🅧.🅣🅞🅟", "電子大水btt285點cc", "浏览器🔍：wdx09.",
        "5 1 0 . c c", "（510.）➕（cc）", "https://156.234.80.132:8866/#/link", "v1382.cc复制链接浏览器",
        "http://s55.sx7z.com/抖音", "大满贯[em]e400754[/em]863u.top", "ydyl001.me", "ee96.pw",
        "xx81989.com", "agjy96.com", "147.cool", "浏览器搜“东升响尾.top”", "②⑧⓪⑨.ⓢⓕ⑧.ⓤⓢ",
    ],
)  # fmt: skip
def test_a_domain_made_to_be_thrown_away_is_known_by_its_form(text):
    assert [name for name, _ in signals(text, "domain")] == ["throwaway"]


@pytest.mark.parametrize(
    "host",
    [
        "taobao.com", "github.com", "baidu.com", "t.cn", "163.com", "12306.cn", "51job.com", "hao123.com",
        "36kr.com", "v2ex.com", "b23.tv", "item.taobao.com", "example.com.cn", "1688.com", "ip138.com",
        "http://192.168.1.1/",
    ],
)  # fmt: skip
def test_an_ordinary_address_is_a_link(host):
    assert [name for name, _ in signals(f"见{host} ", "domain")] == ["link"]


@pytest.mark.parametrize(
    "text",
    [
        "main.py", "README.md", "v1.0.2", "1. one piece手办", "防晒spf50.cc霜", "排量1.5cc",
        "今天到货。top级", "9.5us", "3.7v", "1.8m*2.0m", "。com", ".top", "8.5折.one",
    ],
)  # fmt: skip
def test_files_versions_and_sizes_are_no_domains(text):
    assert signals(text, "domain") == []

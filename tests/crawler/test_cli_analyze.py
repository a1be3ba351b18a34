"""`jargonwatch analyze`: JSON Lines for programs, text and saved pages for people."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from crawler import cli, listing_lines
from pipelines.lexicon import load

NEWS_PAGE = Path("../shared/data/news-page.txt")
LISTINGS = Path("../shared/data/listings-dev.jsonl")
PHONE = "13912345678"


compiled_once = cache(load.load_lexicon)
"""The program compiles the lexicon once a run; so do these tests."""


@pytest.fixture(autouse=True)
def outside_every_workspace(tmp_path, monkeypatch):
    monkeypatch.delenv("JARGONWATCH_WORKSPACE", raising=False)
    monkeypatch.delenv("JARGONWATCH_KEY", raising=False)
    monkeypatch.setattr(load, "load_lexicon", compiled_once)


@pytest.fixture
def analyze(monkeypatch, capfdbinary):
    """Feed bytes to `analyze --format jsonl`; gives the answers, standard error and the exit code."""

    def call(*lines: bytes | str | dict, arguments: tuple[str, ...] = ()) -> tuple[list[dict], str, int]:
        given = b"".join((line if isinstance(line, bytes) else _encoded(line)) + b"\n" for line in lines)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = cli.run(["analyze", "--format", "jsonl", *arguments])
        out, err = capfdbinary.readouterr()
        return [json.loads(line) for line in out.decode("utf-8").splitlines()], err.decode(), code

    return call


def _encoded(line: str | dict) -> bytes:
    return (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)).encode()


def test_every_listing_has_one_answer_in_the_same_order(analyze):
    titles = ["四件套 银行卡带U盾 懂的来", "纯棉四件套 床上用品", "机械键盘", "出售人脸四件套 手持身份证"]
    answers, err, code = analyze(*({"id": n, "title": title} for n, title in enumerate(titles)))
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3]
    assert [answer["verdict"] for answer in answers] == ["flagged", "clear", "clear", "flagged"]
    assert (err, code) == ("", 0)


def test_a_hit_says_what_it_is_and_where_it_stands(analyze):
    title = "出售四件套,银行卡带U盾,懂的来"
    (answer,), _, _ = analyze({"id": "a", "title": title})
    hit = next(hit for hit in answer["hits"] if hit["term"] == "四件套")
    assert set(hit) == {
        "term",
        "term_id",
        "category",
        "surface",
        "start",
        "end",
        "field",
        "disguise",
        "standing",
        "because",
    }
    assert (hit["category"], hit["field"], hit["disguise"]) == ("bankcard", "title", "exact")
    assert title[hit["start"] : hit["end"]] == hit["surface"] == "四件套"
    assert answer["category"] == "bankcard"


def test_the_score_is_the_sum_of_its_reasons_in_two_languages(analyze):
    (answer,), _, _ = analyze({"title": "出售四件套,银行卡带U盾,懂的来"})
    assert answer["score"] == pytest.approx(
        min(max(sum(r["points"] for r in answer["reasons"]), 0), 1), abs=1e-3
    )
    assert all(set(reason) == {"code", "points", "zh", "en"} for reason in answer["reasons"])


def test_prices_have_amount_and_unit(analyze):
    (answer,), _, _ = analyze({"title": "人脸数据", "description": "0.5元一份,总共两万套"})
    price = answer["signals"]["prices"][0]
    assert (price["amount"], price["currency"], price["unit"]) == (0.5, "CNY", "份")
    assert any(price["quantity"] == 20000 for price in answer["signals"]["prices"])


def test_unknown_keys_are_carried_over_unless_the_answer_has_them(analyze):
    (answer,), _, _ = analyze(
        {"id": 1, "title": "键盘", "category": "手机", "shop": {"name": "甲", "stars": [1, 2.5, None, True]}}
    )
    assert answer["shop"] == {"name": "甲", "stars": [1, 2.5, None, True]}
    assert answer["category"] is None
    assert "title" not in answer


def test_text_is_not_escaped(monkeypatch, capfdbinary):
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(_encoded({"title": "四件套", "note": "懂的来😀"})))
    )
    assert cli.run(["analyze", "--format", "jsonl"]) == 0
    out = capfdbinary.readouterr().out
    assert "懂的来😀".encode() in out
    assert b"\\u" not in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"title": "a"', "not JSON"),
        (b"\xff\xfe{}", "not UTF-8 (byte 1"),
        (b"", "the line is empty"),
        (b"   ", "the line is empty"),
        (b'["title"]', "a JSON object is needed"),
        (b"null", "a JSON object is needed"),
        (b"{}", "title: missing"),
        (b'{"title": null}', "title: missing"),
        (b'{"title": 5}', "title: must be text"),
        (b'{"title": "a", "description": ["b"]}', "description: must be text"),
        (b'{"title": "a", "price": true}', "price: must be a number"),
        (b'{"title": "a", "price": NaN}', "NaN"),
        (b'{"title": "a", "price": 1e999}', "too large"),
        (b'{"title": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"title": "a", "x": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_a_line_that_is_no_listing_gives_an_error_in_its_place(analyze, line, said):
    answers, err, code = analyze({"id": 1, "title": "一"}, line, {"id": 3, "title": "三"})
    assert [answer.get("id") for answer in answers] == [1, None, 3]
    assert answers[1]["error"]["line"] == 2
    assert said in answers[1]["error"]["message"]
    assert set(answers[1]) == {"error"}
    assert "1 line" in err
    assert code == 1


def test_a_line_that_is_far_too_long_is_passed_over(analyze, monkeypatch):
    monkeypatch.setattr(listing_lines, "MAX_LINE_BYTES", 1000)
    long = {"title": "长" * 2000}
    answers, _, code = analyze({"id": 1, "title": "一"}, long, {"id": 3, "title": "三"}, long)
    assert ["error" in answer for answer in answers] == [False, True, False, True]
    assert answers[2]["id"] == 3
    assert code == 1


def test_a_title_is_not_needed_where_there_is_a_description(analyze):
    (answer,), _, code = analyze({"id": 1, "title": None, "description": "四件套 银行卡 懂的来"})
    assert [hit["field"] for hit in answer["hits"]][:1] == ["description"]
    assert code == 0


@pytest.mark.parametrize("price", [35, 35.5, "35", "¥35", "面议", None, 10**400])
def test_a_price_is_a_number_or_is_left_out(analyze, price):
    (answer,), _, code = analyze({"title": "键盘", "price": price})
    assert (answer["verdict"], code) == ("clear", 0)


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(analyze):
    answers, _, code = analyze(b'\xef\xbb\xbf{"id": 1, "title": "a"}\r', b'{"id": 2, "title": "b"}\r')
    assert [answer["id"] for answer in answers] == [1, 2]
    assert code == 0


def test_half_characters_come_out_as_valid_utf_8(analyze):
    (answer,), _, code = analyze(
        b'{"id": "\\udc80", "title": "\\ud800\xe5\x9b\x9b\xe4\xbb\xb6\xe5\xa5\x97", "x": "\\ud800"}'
    )
    assert (answer["id"], answer["x"], code) == ("\udc80", "\ud800", 0)


def test_personal_data_are_masked_wherever_they_stand(analyze, monkeypatch, capfdbinary):
    answers, _, _ = analyze(
        {
            "title": f"四件套 电话{PHONE}",
            "note": f"tel {PHONE}",
            "deep": [{"a": PHONE}],
            "number": int(PHONE),
            PHONE: 1,
        }
    )
    assert PHONE not in json.dumps(answers)
    assert answers[0]["signals"]["contacts"]


def test_an_error_never_quotes_the_line(analyze):
    answers, err, _ = analyze(f'{{"title": "{PHONE}" {PHONE}}}', f'"{PHONE}"')
    assert PHONE not in json.dumps(answers) + err


def test_equal_personal_data_keep_one_pseudonym_within_a_run(analyze):
    answers, _, _ = analyze(
        {"title": "a", "tel": PHONE}, {"title": "b", "tel": PHONE}, {"title": "c", "tel": "13812345678"}
    )
    first, second, third = (answer["tel"] for answer in answers)
    assert first == second != third


def test_answers_come_line_by_line():
    command = [sys.executable, "-c", "from crawler.cli import main; main()", "analyze", "--format", "jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for n in range(3):
            process.stdin.write(b'{"id": %d, "title": "a"}\n' % n)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == n
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path):
    many = tmp_path / "many.jsonl"
    many.write_text('{"title": "四件套 银行卡"}\n' * 2000, encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "from crawler.cli import main; main()",
        "analyze",
        "--format",
        "jsonl",
        many,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait()


def test_a_file_that_is_not_there_is_named(capsys):
    assert cli.run(["analyze", "nowhere.jsonl"]) == 2
    assert (
        capsys.readouterr().err == "jargonwatch: nowhere.jsonl: cannot be read (No such file or directory)\n"
    )


def test_a_person_reads_verdict_hits_and_reasons(tmp_path, capsys):
    path = tmp_path / "listings.jsonl"
    path.write_text(
        json.dumps({"title": f"出售四件套,银行卡带U盾,懂的来 {PHONE}"}) + "\nnot json\n", encoding="utf-8"
    )
    assert cli.run(["analyze", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("flagged ")
    assert "四件套" in shown.out
    assert "title 2–5" in shown.out
    assert PHONE not in shown.out
    assert "line 2: not JSON" in shown.err


def test_a_page_is_named_with_line_and_column(tmp_path, capsys):
    page = tmp_path / "page.txt"
    page.write_text(
        "旧货市场的暗语\n\n记者在一家店铺里看到,卖家在标题中写着“出售人脸四件套,懂的来”,标价35元一套。\n\n本文评论\n"
        "跑分平台招人,日结,懂的来,四件套长期收。",
        encoding="utf-8",
    )
    assert cli.run(["analyze", "--page", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "人脸四件套" in shown
    assert "3:23" in shown
    assert "35 CNY" in shown
    assert "跑分" not in shown


def test_a_page_and_listings_do_not_go_together(capsys):
    assert cli.run(["analyze", "a.jsonl", "--page", "b.html"]) == 2
    assert "not both" in capsys.readouterr().err


def test_a_real_page_is_understood_without_its_sidebar(capfdbinary):
    if not NEWS_PAGE.exists():
        pytest.skip("the shared data are not here")
    page = NEWS_PAGE.read_text(encoding="utf-8")
    assert cli.run(["analyze", "--page", str(NEWS_PAGE), "--format", "jsonl"]) == 0
    answer = json.loads(capfdbinary.readouterr().out)
    sidebar = page.index("返回网站首页")
    found = [*answer["hits"], *(signal for kind in answer["signals"].values() for signal in kind)]
    assert all(page[item["start"] : item["end"]] == item["surface"] for item in answer["hits"])
    assert all(item["end"] <= sidebar for item in found)
    named = {hit["term"] for hit in answer["hits"]} | {
        contact["name"] for contact in answer["signals"]["contacts"]
    }
    assert {"人脸四件套", "手持身份证", "照片活化"} <= named
    assert {"微信", "wechat"} & named
    prices = {(price["amount"], price["unit"]) for price in answer["signals"]["prices"]}
    assert {(0.5, "张"), (0.5, "份"), (35, "套")} <= prices
    assert any((price["quantity"], price["unit"]) == (20000, "套") for price in answer["signals"]["prices"])


def test_real_listings_have_one_answer_each(capfdbinary):
    if not LISTINGS.exists():
        pytest.skip("the shared data are not here")
    given = [json.loads(line) for line in LISTINGS.read_text(encoding="utf-8").splitlines()]
    assert cli.run(["analyze", "--format", "jsonl", str(LISTINGS)]) == 0
    answers = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == [listing["id"] for listing in given]
    texts = {listing["id"]: listing for listing in given}
    for answer in answers:
        for hit in answer["hits"]:
            assert texts[answer["id"]][hit["field"]][hit["start"] : hit["end"]] == hit["surface"]

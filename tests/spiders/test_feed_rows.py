"""The rows of feed files, as they really come: other encodings, broken rows, huge and damaged files."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from spiders.errors import FileError
from spiders.feeds import rows
from spiders.feeds.rows import read_rows
from tests.spiders.feed_files import Day, Formula, feed_data, rows_of, write_excel
from tests.spiders.source_files import make_source

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "编号,标题,价格,时间"


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_the_encoding_of_a_file_is_found_out(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "a.csv", f"{HEADER}\n1,纯棉四件套,￥99,昨天\n", encoding)
    (row,) = rows_of(path)
    assert row.data == {"编号": "1", "标题": "纯棉四件套", "价格": "￥99", "时间": "昨天"}


def test_json_lines_in_gbk_are_read_too(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"标题": "四件套"}\n\n{"标题": "床单"}\n', "gbk")
    assert [(row.number, row.data) for row in rows_of(path)] == [
        (1, {"标题": "四件套"}),
        (3, {"标题": "床单"}),
    ]


def test_a_stated_encoding_that_is_wrong_is_named_before_any_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", f"{HEADER}\n1,四件套,9,\n", "gbk")
    with pytest.raises(FileError, match=r"a\.csv: is not in utf-8 as the source states \(see byte 0\)"):
        rows_of(path, "utf-8")
    assert rows_of(path, "gb2312")[0].data is not None


def test_a_file_in_no_known_encoding_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", HEADER, "utf-16")
    with pytest.raises(FileError, match=r"neither UTF-8 .* nor GB18030 .*; state its encoding"):
        rows_of(path)
    assert rows_of(written(path, f"{HEADER}\n1,a,2,\n", "utf-16"), "utf-16")[0].data is not None


def test_a_csv_row_with_other_columns_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    text = f'{HEADER}\n1,四件套,9,今天\n2,少\n3,"两\n行",9,\n\n4,多,9,,5\n5,"没有=1+1",9,\n'
    read = rows_of(written(tmp_path / "a.csv", text))
    assert [(row.number, row.problem) for row in read if row.data is None] == [
        (3, "has 2 columns, the first line 4"),
        (7, "has 5 columns, the first line 4"),
    ]
    assert [row.data["标题"] for row in read if row.data] == ["四件套", "两\n行", "没有=1+1"]


def test_an_open_quote_costs_some_rows_and_not_the_memory(tmp_path: Path) -> None:
    text = f'{HEADER}\n1,"{"长" * 200_000}\n2,四件套,9,\n3,床单,9,\n'
    read = rows_of(written(tmp_path / "a.csv", text))
    assert read[0].problem.startswith("is not CSV: field larger than field limit")
    assert [row.data["编号"] for row in read if row.data] == ["2", "3"]


def test_a_csv_without_the_column_of_the_titles_says_which_it_has(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "编号;标题;价格\n1;四件套;9\n")
    with pytest.raises(FileError, match=r"a\.csv: has no column 标题; it has 编号;标题;价格"):
        rows_of(path)
    assert rows_of(path, delimiter=";")[0].data == {"编号": "1", "标题": "四件套", "价格": "9"}
    with pytest.raises(FileError, match="has two columns 标题"):
        rows_of(written(path, "编号,标题,标题\n"))
    with pytest.raises(FileError, match="has no column 标题; it has none"):
        rows_of(written(path, ""))


def test_lines_that_are_no_json_objects_are_refused_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spiders.feeds.texts.LONGEST_LINE", 100_000)
    lines = ['{"a": 1}', "[1]", '{"a": ', '{"a": NaN}', "[" * 90_000, "9" * 200_000, '{"a": "\\ud83d"}']
    read = rows_of(written(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [row.data or row.problem for row in read] == [
        {"a": 1},
        "is not a JSON object",
        "is not JSON (column 6)",
        {"a": None},
        "is not JSON",
        "the line is longer than 16,777,216 characters",
        {"a": "?"},
    ]


def test_parquet_keeps_its_types_and_lone_columns_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = {
        "编号": [12345678901, 2],
        "标题": ["四件套", None],
        "价格": [99.5, None],
        "时间": [datetime(2026, 11, 3, tzinfo=UTC)] * 2,
        "买家": ["张三", "李四"],
    }
    pl.DataFrame(table).write_parquet(path)
    read = rows_of(path)
    assert [row.number for row in read] == [2, 3]
    assert read[0].data == {name: values[0] for name, values in table.items() if name != "买家"}
    assert read[1].share == 1


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx", "a.xls"])
def test_a_file_that_is_not_what_it_says_is_one_clear_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=rf"{name}: cannot be read as (Parquet|Excel) \("):
        rows_of(written(tmp_path / name, "PAR1 nothing of the kind PAR1"))


def test_a_parquet_file_that_is_not_whole_yet_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"编号": range(1000), "标题": ["四件套"] * 1000}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileError, match="cannot be read as Parquet"):
        rows_of(path)


def test_an_excel_file_gives_its_cells_as_text_and_of_formulas_the_value(tmp_path: Path) -> None:
    table = [
        ["编号", "标题", "价格", "时间"],
        [12345678901, "=1+1", Formula("SUM(A1:A9)"), Day(46000)],
        [None, None, None, None],
        ["x", "四件套", 99.5, None],
    ]
    read = rows_of(write_excel(tmp_path / "a.xlsx", table))
    assert [(row.number, tuple((row.data or {}).values())) for row in read] == [
        (2, ("12345678901", "=1+1", "7", "2025-12-09 00:00:00")),
        (4, ("x", "四件套", "99.5", None)),
    ]
    with pytest.raises(FileError, match="has no sheet '二月', but 导出"):
        rows_of(tmp_path / "a.xlsx", sheet="二月")


def test_an_excel_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_excel(tmp_path / "a.xlsx", [["编号", "标题"], [1, "长" * 3_000_000]])
    monkeypatch.setattr(rows, "EXCEL_UNPACKED_MB", 8)
    with pytest.raises(FileError, match="unpacks to more than 8 MB; save it as CSV"):
        rows_of(path)
    monkeypatch.setattr(rows, "EXCEL_MB", 0)
    with pytest.raises(FileError, match="too large for Excel; save it as CSV"):
        rows_of(path)


def test_an_excel_file_that_lies_about_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_excel(tmp_path / "a.xlsx", [["编号", "标题"], [1, "长" * 1_000_000]])
    with zipfile.ZipFile(path) as parts:
        size = parts.getinfo("xl/worksheets/sheet1.xml").file_size
    small = (100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), small))
    with pytest.raises(FileError, match="cannot be read as Excel"):
        rows_of(path)


def test_a_name_that_says_no_format_is_an_error_until_the_source_says_it(tmp_path: Path) -> None:
    path = written(tmp_path / "export.txt", f"{HEADER}\n1,四件套,9,\n")
    with pytest.raises(FileError, match=r"export\.txt: its name does not say what it is; state"):
        rows_of(path)
    assert len(rows_of(path, format="csv")) == 1


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path, kind: str) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.{kind}"
        with path.open("w", encoding="utf-8") as file:
            if kind == "csv":
                file.write(f"{HEADER}\n")
            for number in range(count):
                row = {
                    "编号": str(number),
                    "标题": "纯棉四件套" * 20,
                    "价格": "9",
                    "时间": "",
                }
                file.write(json.dumps(row) + "\n" if kind == "jsonl" else ",".join(row.values()) + "\n")
        source = make_source(tmp_path / "sources", **feed_data())
        assert source.files is not None
        tracemalloc.start()
        try:
            assert sum(row.data is not None for row in read_rows(path, source.files, None)) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40_000) < peak(10_000) * 1.2

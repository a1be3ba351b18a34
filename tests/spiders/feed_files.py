"""Files of feeds for tests, and the source that reads them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from spiders.feeds.rows import read_rows
from tests.spiders.source_files import make_source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spiders.feeds.rows import Row

FIELDS = {"native_id": "编号", "title": "标题", "price": "价格", "published_at": "时间"}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EXCEL = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
    f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type='
    f'"{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>'
    '<sheet name="导出" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
    f' Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
"""The parts of a workbook besides its one sheet."""


class Formula(str):
    """A cell's formula; its last value is 7."""


class Day(int):
    """A cell with a date, as days since 1899-12-30."""


def write_excel(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """A workbook with one sheet, 导出."""
    cells = "".join(
        f'<row r="{number}">{"".join(_cell(value) for value in row)}</row>'
        for number, row in enumerate(rows, 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in _EXCEL.items():
            parts.writestr(name, text)
        sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'
        parts.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def _cell(value: object) -> str:
    match value:
        case None:
            return "<c/>"
        case Formula():
            return f"<c><f>{escape(value)}</f><v>7</v></c>"
        case Day():
            return f'<c s="1"><v>{int(value)}</v></c>'
        case int() | float():
            return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def feed_data(**files: Any) -> dict[str, Any]:
    """The changes that make a feed of files out of the small source."""
    return {
        "kind": "feed",
        "hosts": None,
        "start": None,
        "list": None,
        "files": {"folder": "inbox", "fields": FIELDS} | files,
    }


def rows_of(path: Path, encoding: str | None = None, **files: Any) -> list[Row]:
    """All rows of a file as a feed reads it."""
    source = make_source(path.parent / "sources", **feed_data(**files))
    assert source.files is not None
    return list(read_rows(path, source.files, encoding))

# ruff: noqa: N815 - the names are Kibana's
"""The shapes of saved objects that Kibana 8.9 and later import, as its own sample data have them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Json, TypeAdapter


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reference(Shape):
    type: Literal["index-pattern", "search", "tag", "dashboard"]
    id: str
    name: str


class SavedObject(Shape):
    id: str
    references: list[Reference]
    coreMigrationVersion: Literal["8.8.0"]
    managed: Literal[False]


class Query(Shape):
    query: str
    language: Literal["kuery"]


class TagAttributes(Shape):
    name: str
    description: str
    color: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]


class Tag(SavedObject):
    type: Literal["tag"]
    typeMigrationVersion: Literal["8.0.0"]
    attributes: TagAttributes


class DataViewAttributes(Shape):
    title: str
    name: str
    timeFieldName: Literal["@timestamp"] | None = None
    fields: Json[list[Any]]
    fieldFormatMap: Json[dict[str, Any]]
    runtimeFieldMap: Json[dict[str, Any]]
    fieldAttrs: Json[dict[str, Any]]
    typeMeta: Json[dict[str, Any]]


class DataView(SavedObject):
    type: Literal["index-pattern"]
    typeMigrationVersion: Literal["7.11.0"]
    attributes: DataViewAttributes
    references: Annotated[list[Reference], Field(max_length=0)]


class SearchSource(Shape):
    query: Query
    filter: list[Any]
    highlightAll: Literal[True] | None = None
    version: Literal[True] | None = None
    indexRefName: Literal["kibanaSavedObjectMeta.searchSourceJSON.index"] | None = None


class Meta(Shape):
    searchSourceJSON: Json[SearchSource]


class SearchAttributes(Shape):
    title: str
    description: str
    columns: list[str]
    sort: list[tuple[str, Literal["asc", "desc"]]]
    kibanaSavedObjectMeta: Meta


class Search(SavedObject):
    type: Literal["search"]
    typeMigrationVersion: Literal["7.9.3"]
    attributes: SearchAttributes


class Options(Shape):
    useMargins: bool
    syncColors: bool
    syncCursor: bool
    syncTooltips: bool
    hidePanelTitles: bool


class Grid(Shape):
    x: Annotated[int, Field(ge=0, lt=48)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(gt=0, le=48)]
    h: Annotated[int, Field(gt=0)]
    i: str


class Column(BaseModel):
    """A column of a Lens layer; an operation has parameters of its own."""

    label: str
    dataType: Literal["date", "string", "number"]
    operationType: Literal[
        *("date_histogram", "terms", "count", "unique_count", "sum", "average", "min", "max"),
        *("median", "percentile", "formula", "math"),
    ]
    isBucketed: bool
    scale: Literal["interval", "ordinal", "ratio"]
    sourceField: str | None = None
    params: dict[str, Any] = {}
    filter: Query | None = None


class Layer(BaseModel):
    columns: dict[str, Column]
    columnOrder: list[str]
    incompleteColumns: Annotated[dict[str, Any], Field(max_length=0)]


class FormBased(Shape):
    layers: Annotated[dict[str, Layer], Field(min_length=1)]


class Datasources(BaseModel):
    formBased: FormBased


class LensState(BaseModel):
    query: Query
    filters: list[Any]
    internalReferences: list[Any]
    adHocDataViews: dict[str, Any]
    datasourceStates: Datasources
    visualization: dict[str, Any]


class LensAttributes(BaseModel):
    title: str
    type: Literal["lens"]
    visualizationType: Literal["lnsXY", "lnsPie", "lnsMetric", "lnsDatatable", "lnsHeatmap", "lnsTagcloud"]
    references: Annotated[list[Reference], Field(min_length=1)]
    state: LensState


class LensConfig(BaseModel):
    attributes: LensAttributes
    enhancements: dict[str, Any]


class LensPanel(Shape):
    type: Literal["lens"]
    panelIndex: str
    gridData: Grid
    title: str
    embeddableConfig: LensConfig


class OtherPanel(Shape):
    type: Literal["search", "visualization"]
    panelIndex: str
    gridData: Grid
    title: str
    embeddableConfig: dict[str, Any]
    panelRefName: str | None = None


class ControlInput(BaseModel):
    id: str
    fieldName: str
    title: str


class Control(Shape):
    order: int
    width: Literal["small", "medium", "large"]
    grow: bool
    type: Literal["optionsListControl", "rangeSliderControl"]
    explicitInput: ControlInput


class ControlGroup(Shape):
    controlStyle: Literal["oneLine"]
    chainingSystem: Literal["HIERARCHICAL"]
    panelsJSON: Json[dict[str, Control]]
    ignoreParentSettingsJSON: Json[dict[str, bool]]


class DashboardAttributes(Shape):
    title: str
    description: str
    panelsJSON: Json[list[Annotated[LensPanel | OtherPanel, Field(discriminator="type")]]]
    optionsJSON: Json[Options]
    timeRestore: Literal[True]
    timeFrom: str
    timeTo: str
    kibanaSavedObjectMeta: Meta
    controlGroupInput: ControlGroup
    version: int


class Dashboard(SavedObject):
    type: Literal["dashboard"]
    typeMigrationVersion: Literal["8.9.0"]
    attributes: DashboardAttributes


OBJECT: TypeAdapter[Any] = TypeAdapter(
    Annotated[Tag | DataView | Search | Dashboard, Field(discriminator="type")]
)
"""Any saved object that this project makes."""

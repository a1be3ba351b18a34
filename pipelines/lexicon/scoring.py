"""The model of `scoring.yaml`: how hits, contexts and signals add up to a score."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipelines.lexicon.schema import Slug, Strength, Strict
from pipelines.records import SignalKind


class Thresholds(Strict):
    """Scores from which a listing is watched, and flagged."""

    watch: float = Field(gt=0, le=1)
    flagged: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        if self.watch > self.flagged:
            raise ValueError("watch must not lie above flagged")
        return self


class Damper(Strict):
    """Words that speak against an offer wherever they stand, as those of a warning or a news report."""

    group: Slug
    points: float = Field(lt=0)


class Scoring(Strict):
    """`scoring.yaml`. All values are points of a score from 0 to 1."""

    thresholds: Thresholds
    strength: dict[Strength, float]
    severity_step: float = Field(ge=0, description="added for each level of severity above 3, taken below")
    confirm: float = Field(gt=0, description="added for each distinct confirming context")
    confirm_most: int = Field(ge=1, description="contexts that count at the most, a hit")
    window: int = Field(ge=10, description="characters to either side in which a context counts")
    further_terms: tuple[float, ...] = Field(description="share of the points of the second, third … term")
    other_category: float = Field(ge=0, le=1, description="share of the points of other categories")
    disguise: float = Field(ge=0, description="added to a hit that was written to hide")
    signals: dict[SignalKind, float]
    price: float = Field(ge=0, description="added for a price by the piece or a quantity")
    dampers: tuple[Damper, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Scoring:
        missing = {"strong", "medium", "weak"} - set(self.strength)
        if missing:
            raise ValueError(f"strength lacks {', '.join(sorted(missing))}")
        return self

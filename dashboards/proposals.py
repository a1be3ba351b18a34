"""What analysts decide of candidates of new slang: accepted ones become patches of the lexicon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from dashboards.candidates import find_candidates
from dashboards.journal import Journal
from dashboards.triage import Analyst
from pipelines.disguise.sound import pinyin_forms
from pipelines.errors import LexiconError
from pipelines.lexicon.patches import Patch, write_patch
from pipelines.lexicon.schema import TermSpec

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.candidates import Candidate, Search
    from dashboards.triage import Labels
    from pipelines.lexicon.files import LexiconFiles
    from pipelines.lexicon.schema import Strength
    from pipelines.records import Category
    from pipelines.store.protocol import Questions

DECISIONS_NAME: Final = "candidates.jsonl"


class Proposal(BaseModel):
    """A line of the decisions: a candidate, what was decided, and the numbers that spoke for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    decision: Literal["accepted", "rejected"]
    analyst: Analyst
    decided_at: datetime
    flagged: int
    clear: int
    patch: str = ""
    """The patch's file name, of an accepted one."""


class Proposals:
    """The decisions on candidates of a workspace, and the folder that accepted ones' patches go to."""

    def __init__(self, path: Path, patches: Path) -> None:
        self._journal = Journal(path, Proposal)
        self.patches = patches

    def decided(self) -> set[str]:
        """The strings that were decided on; they are proposed no more."""
        return {line.text for line in self._journal.lines()}

    def search(self, store: Questions, files: LexiconFiles, labels: Labels, *, top: int) -> Search:
        """The candidates that are left, with what analysts settled on its side."""
        truths = labels.truths()
        return find_candidates(
            store,
            files,
            confirmed=[each for each, illicit in truths.items() if illicit],
            innocent=[each for each, illicit in truths.items() if not illicit],
            without=self.decided(),
            top=top,
        )

    def reject(self, candidate: Candidate, analyst: str) -> None:
        self._note(candidate, "rejected", analyst, "")

    def accept(self, candidate: Candidate, patch: Patch, analyst: str) -> Path:
        """Write the patch and note the decision; the patch's file. `LexiconError` where there is one."""
        today = datetime.now(UTC).date()
        path = self.patches / f"{today}-{_file_name(candidate.text)}.yaml"
        examples = "".join(f"\n  {' '.join(each.title.split())}" for each in candidate.examples)
        said = (
            f"Accepted {today} by {analyst}: {candidate.text}, in {candidate.flagged} flagged and"
            f" {candidate.clear} clear texts, as in{examples}\n"
            f"Read it, complete it (references, contexts), then: jargonwatch lexicon apply"
        )
        try:
            write_patch(path, patch, said)
        except FileExistsError as error:
            raise LexiconError("is there already; apply or delete it first", file=path) from error
        self._note(candidate, "accepted", analyst, path.name)
        return path

    def _note(
        self, candidate: Candidate, decision: Literal["accepted", "rejected"], analyst: str, patch: str
    ) -> None:
        line = Proposal(
            text=candidate.text,
            decision=decision,
            analyst=analyst,
            decided_at=datetime.now(UTC),
            flagged=candidate.flagged,
            clear=candidate.clear,
            patch=patch,
        )
        self._journal.add([line])


def new_term(
    text: str, term_id: str, category: Category, strength: Strength, severity: int, gloss: str
) -> Patch:
    """A patch with a new term of today."""
    spec = TermSpec(
        id=term_id,
        term=text,
        strength=strength,
        severity=severity,
        gloss=gloss,
        added=datetime.now(UTC).date(),
    )
    return Patch(category=category, terms=(spec,))


def proposed_id(candidate: Candidate) -> str:
    """An id for a candidate as a term: its category and how it is spoken."""
    return f"{candidate.category}.{_file_name(candidate.text)}"


def _file_name(text: str) -> str:
    """A name that a slug allows: pinyin, else what is left of it in ASCII, else the code points."""
    if text.isascii():
        kept = "".join(char for char in text if char.isalnum())
        if kept:
            return kept
    spoken = pinyin_forms(text)
    return spoken[0] if spoken else "-".join(f"{ord(char):x}" for char in text)

"""From the text of a query to its tree."""

from __future__ import annotations

import re
from datetime import date, datetime
from importlib import resources
from typing import TYPE_CHECKING, Final, NoReturn
from unicodedata import normalize

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from dashboards.query.catalogue import Catalogue, closest
from dashboards.query.errors import QueryError
from dashboards.query.fields import FIELDS, YES_NO
from dashboards.query.normal import normal
from dashboards.query.values import day, one_of, priced
from pipelines.errors import StoreError
from pipelines.store.answers import DAY_ZONE
from pipelines.store.bigrams import match_expression
from pipelines.store.query import EVERYTHING, All, Any, Gone, Has, Matches, Not, Offered

if TYPE_CHECKING:
    from pipelines.store.query import Query

LONGEST: Final = 2000
"""Characters of a query. The store's own limits lie above what fits in here."""
DEEPEST: Final = 40
"""How deep AND, OR and NOT may stand in each other."""
MOST_PARTS: Final = 200
QUOTES: Final = '"“”＂'

_QUOTED: Final = "to search for the text itself, put it in quotes"
_OPERATORS: Final = ("_AND", "_OR", "_NOT")
_COMPARED: Final = re.compile(r"([A-Za-z]+)\s*(\S+)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PARSER: Final = Lark(
    (resources.files("dashboards.query") / "grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="contextual",
    propagate_positions=True,
)


def parse(text: str, catalogue: Catalogue | None = None, *, today: date | None = None) -> Query:
    """The tree of a query; an empty one is everything.

    `catalogue` says which terms, platforms and sources there are: a term is then found by any of its
    names, and a value that nobody knows is an error. `today` (in `DAY_ZONE`) is what `since:30d` counts
    back from. Raises `QueryError`.
    """
    if len(text) > LONGEST:
        raise QueryError(f"the query goes on after {LONGEST} characters", position=LONGEST + 1)
    meaning = _Meaning(catalogue or Catalogue(), today or datetime.now(DAY_ZONE).date())
    tree = _tree(text)
    if tree is None:
        return EVERYTHING
    try:
        return normal(meaning.transform(tree))
    except VisitError as error:
        raise error.orig_exc from None


def _tree(text: str) -> Tree[Token] | None:
    """The parse tree, with every way in which a text can be no query put into words."""
    interactive = _PARSER.parse_interactive(text)
    seen: list[Token] = []
    try:
        for token in interactive.iter_parse():
            seen.append(token)  # noqa: PERF402 - what was read before an error is told in its words
        found: Tree[Token] | None = interactive.feed_eof(seen[-1]) if seen else None  # type: ignore[no-untyped-call]
    except UnexpectedCharacters as error:
        _refuse_character(text, error.pos_in_stream or 0, seen)
    except UnexpectedToken as error:
        _refuse_token(error.token, seen)
    if found is not None:
        _bound(found)
    return found


def _bound(tree: Tree[Token]) -> None:
    """Refuse what is nested too deep or has too many parts, before anything descends into it."""
    level, depth, parts = [tree], 0, 0
    while level:
        depth, parts = depth + 1, parts + len(level)
        if depth > DEEPEST:
            place = level[0].meta.start_pos + 1
            raise QueryError(f"the query is nested more than {DEEPEST} deep", position=place)
        if parts > MOST_PARTS:
            place = level[len(level) - (parts - MOST_PARTS)].meta.start_pos + 1
            raise QueryError(f"the query has more than {MOST_PARTS} parts", position=place)
        level = [child for each in level for child in each.children if isinstance(child, Tree)]


def _refuse_character(text: str, offset: int, seen: list[Token]) -> NoReturn:
    """The lexer found no token: a quote without its end, or a value that is missing."""
    if text[offset] in QUOTES and (not seen or seen[-1].type != "COMPARED"):
        raise QueryError("unclosed quote", position=offset + 1)
    _refuse(text[offset], offset + 1, seen)


def _refuse_token(token: Token, seen: list[Token]) -> NoReturn:
    if token.type == "$END":
        _refuse_end(seen)
    _refuse(str(token), _place(token), seen)


def _refuse_end(seen: list[Token]) -> NoReturn:
    last = seen[-1]
    if last.type in ("FIELD", "COMPARED", "_COMMA"):
        raise QueryError(f"'{last}' needs a value", position=_place(last))
    if last.type in _OPERATORS:
        raise QueryError(f"'{last}' needs something behind it", position=_place(last))
    opened: list[Token] = []
    for token in seen:
        if token.type == "_LPAR":
            opened.append(token)
        elif token.type == "_RPAR":
            opened.pop()
    if last.type == "_LPAR":
        raise QueryError(f"'{last}' needs something behind it", position=_place(last))
    raise QueryError(f"unclosed '{opened[-1]}'", position=_place(opened[-1]))


def _refuse(written: str, position: int, seen: list[Token]) -> NoReturn:
    """Something stands where it cannot: say what is missing before it."""
    last = seen[-1] if seen else None
    if last is not None and last.type in ("FIELD", "COMPARED", "_COMMA"):
        raise QueryError(f"'{last}' needs a value", position=_place(last), advice=_QUOTED)
    if written in ")）":
        if last is not None and last.type == "_LPAR":
            raise QueryError("empty parentheses", position=_place(last))
        if last is not None and last.type in _OPERATORS:
            raise QueryError(f"'{last}' needs something behind it", position=_place(last))
        raise QueryError(f"'{written}' closes nothing", position=position)
    if written in ("AND", "OR"):
        raise QueryError(f"'{written}' needs something on both sides", position=position, advice=_QUOTED)
    raise QueryError(f"unexpected '{written}'", position=position, advice=_QUOTED)


def _place(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: Token) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.type == "PHRASE" else str(token)


@v_args(inline=True)
class _Meaning(Transformer[Token, "Query"]):
    """What each rule of the grammar means."""

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        super().__init__(visit_tokens=False)
        self._catalogue, self._today = catalogue, today

    def any_of(self, *parts: Query) -> Query:
        return Any(parts)

    def all_of(self, *parts: Query) -> Query:
        return All(parts)

    def negation(self, part: Query) -> Query:
        return Not(part)

    def everything(self) -> Query:
        return EVERYTHING

    def text(self, token: Token) -> Query:
        text = _unquoted(token)
        try:
            match_expression((text,))
        except StoreError:
            raise QueryError(
                f"'{text}' holds no letter, digit or Chinese character to search for", position=_place(token)
            ) from None
        return Matches(text)

    def comparison(self, compared: Token, amount: Token) -> Query:
        found = _COMPARED.fullmatch(compared)
        assert found is not None  # noqa: S101 - the grammar has it so
        if found[1].casefold() != "price":
            raise QueryError(
                f"'{found[1]}' cannot be compared",
                position=_place(compared),
                suggestion=closest(found[1].casefold(), ["price"]),
                advice=_QUOTED,
            )
        return priced(found[2], amount, _place(amount))

    def field(self, name: Token, *tokens: Token) -> Query:
        written = name[:-1]
        field = normalize("NFKC", written).casefold()
        if field not in FIELDS:
            raise QueryError(
                f"unknown field '{written}'",
                position=_place(name),
                suggestion=closest(field, FIELDS),
                advice=_QUOTED,
            )
        values = [(_unquoted(token), _place(token)) for token in tokens]
        if field in ("since", "until", "gone", "price") and len(values) > 1:
            raise QueryError(f"'{written}:' takes one value", position=values[1][1])
        return self._asked(field, values)

    def _asked(self, field: str, values: list[tuple[str, int]]) -> Query:
        value, position = values[0]
        match field:
            case "price":
                return priced("=", value, position)
            case "since":
                return Offered(since=day("since", value, position, self._today))
            case "until":
                return Offered(until=day("until", value, position, self._today))
            case "gone":
                return Gone(one_of("answer", value, YES_NO, position) == "yes")
            case "term":
                return Has("term", tuple(term for each in values for term in self._terms(*each)))
            case "seller":
                return Has("seller", tuple(value for value, _ in values))
            case "platform":
                return Has("platform", self._known("platform", values, self._catalogue.platforms))
            case "source":
                return Has("source", self._known("source", values, self._catalogue.sources))
            case "category" | "verdict" | "disguise" as name:
                return Has(name, self._known(name, values, FIELDS[name].values))
        raise AssertionError(field)

    def _terms(self, written: str, position: int) -> tuple[str, ...]:
        found = self._catalogue.term_ids(written)
        if not found:
            raise QueryError(
                f"unknown term '{written}'",
                position=position,
                suggestion=self._catalogue.closest_term(written),
                advice="to search for it as text, leave term: away",
            )
        return found

    def _known(self, name: str, values: list[tuple[str, int]], known: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one_of(name, value, known, position) if known else value for value, position in values)

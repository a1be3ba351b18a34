"""Tokenising Chinese text: jieba's dictionary, by its Rust port where there is a wheel of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import jieba

if TYPE_CHECKING:
    from collections.abc import Iterable


class Tokenizer(Protocol):
    """Cuts a text into tokens that joined give the text again."""

    def cut(self, text: str) -> list[str]: ...


class JiebaTokenizer:
    """The reference: jieba itself."""

    def __init__(self, words: Iterable[str]) -> None:
        self._jieba = jieba.Tokenizer()
        self._jieba.initialize()
        for word in words:
            self._jieba.add_word(word)

    def cut(self, text: str) -> list[str]:
        return list(self._jieba.cut(text))


class RustTokenizer:
    """The hot path: rjieba, the same dictionary and algorithm in Rust."""

    def __init__(self, words: Iterable[str]) -> None:
        import rjieba

        self._jieba = rjieba.Jieba()
        for word in words:
            self._jieba.add_word(word, None, None)

    def cut(self, text: str) -> list[str]:
        tokens: list[str] = self._jieba.cut(text)
        return tokens


def make_tokenizer(words: Iterable[str]) -> Tokenizer:
    """A tokenizer that knows `words` besides its dictionary; jieba where rjieba has no wheel."""
    try:
        return RustTokenizer(words)
    except ImportError:
        return JiebaTokenizer(words)


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """The words of two or more characters of jieba's own dictionary that it saw at least three times."""
    words = []
    with jieba.get_dict_file() as file:
        for line in file:
            word, frequency, *_ = line.decode("utf-8").split(" ")
            if len(word) > 1 and int(frequency) >= LEAST_FREQUENCY:
                words.append(word)
    return frozenset(words)


LEAST_FREQUENCY = 3

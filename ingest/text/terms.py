"""Words to terms: the one analysis that the text index, the retriever and the answers share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from ingest.text.memoize import Remembered
from ingest.text.stop_words import STOP_WORDS

# Han, kana and Hangul have no spaces between words: overlapping pairs of characters stand in.
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_WIDE}]+|[^\W_{_WIDE}]+(?:[.,]\d+)*(?:['’][^\W\d_]+)?")
# The same for lower-case ASCII, twice as fast: nearly all text is.
_ASCII_TOKEN = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*(?:'[a-z]+)?")
_WIDE_CHARACTER = re.compile(f"[{_WIDE}]")
_VOWELLESS_PLURAL = re.compile(r"^[b-df-hj-np-tv-xz\d]{2,}s$")
# The stemmer of the text index: compiled, twenty times faster than one in Python.
_STEMMER = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


def stem(word: str) -> str:
    """The Porter2 stem of one lower-case word, digits and non-Latin words unchanged."""
    return _STEMS[word]


def stems(some: Iterable[str]) -> list[str]:
    """The stem of each of these words, in their order."""
    return list(map(_STEMS.__getitem__, some))


def _stemmed(word: str) -> str:
    plain = word.replace("’", "'").removesuffix("'s")
    # Porter2 keeps the "s" of words without a vowel, which are plural acronyms: "llms", "gnns".
    if _VOWELLESS_PLURAL.match(plain):
        return plain[:-1]
    return str(_STEMMER.analyze(plain)[0]) if plain.isascii() and plain else plain


_STEMS = Remembered(_stemmed, 100_000)


def words(text: str) -> list[str]:
    """Lower-case words in order: runs of letters and digits, "1,210" and "7.5" whole."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    if not _WIDE_CHARACTER.search(text):
        return list(map(str.lower, _TOKEN.findall(text)))
    return [token for token, _, _ in tokens(text)]


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Lower-case words with their half-open offsets. Unspaced scripts give character pairs."""
    found: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        token, start = match.group(), match.start()
        if token[0] >= "\u3040" and re.match(rf"[{_WIDE}]", token) and len(token) > 1:
            found.extend(
                (token[i : i + 2], start + i, start + i + 2) for i in range(len(token) - 1)
            )
        else:
            found.append((token.lower(), start, match.end()))
    return found


def terms(text: str) -> list[str]:
    """Stemmed words of a text in order, stop words kept so that phrases keep their distances."""
    return stems(words(text))


def content_words(text: str) -> list[str]:
    """Lower-case words of a text in order, without stop words."""
    return [word for word in words(text) if word not in STOP_WORDS]

"""Names in a question: methods, acronyms, titles and authors that the corpus knows, or lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.retrieval.synonyms import synonyms_of
from ingest.catalog import Catalog, Name, fold, singular
from ingest.stores.lexicon import Lexicon
from ingest.text.acronyms import is_short_form
from ingest.text.people import folded, same_person
from ingest.text.terms import STOP_WORDS, stem, terms, words

_WORD = re.compile(r"[^\W_][\w+&@’'/\-]*(?:\.[\w]+)*")
# "SimpleView", "WABIAN-2", "CelebA": a capital or digit that no plain word has.
_WRITTEN_AS_NAME = re.compile(r"[a-z][A-Z]|[A-Z][\w+-]*[A-Z\d]")
_METRIC = re.compile(r"@|(?:^|-)(?:F-?\d|NDCG|MRR|BLEU|ROUGE|AUC|AUROC|RMSE|MAE|IoU|mAP)\b", re.I)
_BY = re.compile(r"\b(?:by|of|from|author|did|and|with)\s+$", re.I)
_MOST_WORDS_OF_A_TITLE = 16
_MOST_READ = 60
_FEWEST_LETTERS_OF_A_START = 14
_FEW_PAPERS = 2
_LETTERS_OF_A_LABEL = 2
# "NP-complete" and "GPS-denied" describe; they name nothing.
_DESCRIBES = re.compile(r"[A-Z\d]+s?-[a-z]{4,}$")
_NOT_NAMES = frozenset(
    "which what who how when where why are is do does did list show give find name compare the"
    " papers paper tell can could number all any i an a in on of by define explain describe only"
    " and what's who's count".split()
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in the question and the papers it stands for.

    `own` where the papers propose what the name means, rather than mention it. `meanings` are the
    distinct expansions over the corpus. `span` are half-open offsets into the question. `mentioned`
    where the papers only hold the name, but hardly any others do.
    """

    name: str
    paper_ids: tuple[str, ...]
    own: bool
    meanings: tuple[str, ...]
    span: tuple[int, int]
    mentioned: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """What the corpus knows of the names in a question. `unknown` are names that it never holds."""

    entities: tuple[Entity, ...] = ()
    authors: tuple[str, ...] = ()
    author_phrases: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_authors: tuple[str, ...] = ()
    mentioned: tuple[Entity, ...] = ()

    def own(self) -> tuple[Entity, ...]:
        return tuple(entity for entity in self.entities if entity.own)


def link(text: str, catalog: Catalog, lexicon: Lexicon) -> Linked:
    """Entities and authors in order of appearance, longest first where they overlap."""
    found = list(_WORD.finditer(text))
    entities = _entities(text, found, catalog, lexicon)
    known = [entity.span for entity in entities]
    meant = [e for e in _mentioned(found, lexicon) if not _overlaps(e.span, known)]
    if not any(entity.own for entity in entities):
        entities += meant
    taken = [entity.span for entity in entities]
    authors, spans = _authors(text, found, catalog, taken)
    free = [w for w in found if not _overlaps(w.span(), [*taken, *spans])]
    surnames = _surnames(text, free, catalog, lexicon)
    free = [w for w in free if w.group() not in surnames]
    authors += surnames
    unknown = _unknown(text, free, lexicon)
    people = tuple(name for name in _name_pairs(text, free) if _all_unknown(name, lexicon))
    phrases = (*(text[slice(*span)] for span in spans), *surnames)
    entities.sort(key=lambda entity: entity.span)
    return Linked(tuple(entities), authors, phrases, unknown, people, tuple(meant))


def correction(linked: Linked, catalog: Catalog) -> tuple[str, str] | None:
    """A name that the corpus lacks and the nearest one that it has, if they differ by a slip.

    One letter of four to six may be wrong, missing, added or swapped with its neighbour, two of
    longer names; digits may not. People may differ by a tenth of their letters.
    """
    for wrong in linked.unknown_authors:
        people = _people(catalog, catalog.generation)
        found = process.extractOne(wrong, people, scorer=fuzz.ratio, score_cutoff=90)
        if found:
            return wrong, found[0]
    for wrong in linked.unknown:
        letters = len(singular(wrong))
        slips = 0 if letters < 4 else 1 if letters < 7 else 2
        names = _spellings(catalog, catalog.generation).get(_digits(wrong), ())
        close = process.extractOne(wrong, names, scorer=OSA.distance, score_cutoff=slips)
        if slips and close:
            return wrong, close[0]
    return None


# Reading all names takes too long to do it for every slip.
@lru_cache(maxsize=2)
def _people(catalog: Catalog, _generation: int) -> list[str]:
    return catalog.all_authors()


@lru_cache(maxsize=2)
def _spellings(catalog: Catalog, _generation: int) -> dict[str, list[str]]:
    """All names by the digits in them."""
    found: dict[str, list[str]] = {}
    for name in catalog.all_names():
        found.setdefault(_digits(name), []).append(name)
    return found


def _digits(name: str) -> str:
    return "".join(character for character in name if character.isdigit())


def _entities(
    text: str, found: Sequence[re.Match[str]], catalog: Catalog, lexicon: Lexicon
) -> list[Entity]:
    spans = _candidates(text, found)
    known: dict[str, list[Name]] = {}
    for name in catalog.names(sorted(set(spans.values()))):
        for key in {fold(singular(name.name)), fold(name.expansion)}:
            known.setdefault(key, []).append(name)
    entities: list[Entity] = []
    begins = lru_cache(maxsize=None)(catalog.begins_name)
    for (start, end), key in sorted(spans.items(), key=lambda item: item[0][0] - item[0][1]):
        names = known.get(key, []) or _begun(text[start:end], key, catalog, begins)
        names = _fitting(text[start:end], names)
        if (
            names
            and not _overlaps((start, end), [e.span for e in entities])
            and _meant(text[start:end], names, lexicon)
        ):
            entity = _entity(names, (start, end))
            if entity.own and _is_common(entity, text[start:end], catalog, lexicon):
                entity = replace(entity, own=False)
            entities.append(entity)
    return sorted(entities, key=lambda entity: entity.span)


def _mentioned(found: Sequence[re.Match[str]], lexicon: Lexicon) -> list[Entity]:
    """Words written as names that a paper or two hold: then it is those that are meant."""
    entities = []
    for match in found:
        name = re.sub(r"['’]s$", "", match.group())
        named = _WRITTEN_AS_NAME.search(name) and not _DESCRIBES.match(name)
        if named and not _METRIC.search(name):
            holding = lexicon.containing([tuple(terms(name))])
            if 0 < len(holding) <= _FEW_PAPERS:
                entities.append(Entity(name, tuple(sorted(holding)), True, (), match.span(), True))
    return entities


def _candidates(text: str, found: Sequence[re.Match[str]]) -> dict[tuple[int, int], str]:
    """Runs of words that may be a name, an expansion or a title, and their folded forms."""
    spans: dict[tuple[int, int], str] = {}
    for first in range(len(found)):
        for last in range(first, min(len(found), first + _MOST_WORDS_OF_A_TITLE)):
            span = (found[first].start(), found[last].end())
            key = fold(singular(text[slice(*span)].removesuffix("'s").removesuffix("’s")))
            if first == last and (
                key in STOP_WORDS or len(key) < 2 or text[slice(*span)].lower() in _NOT_NAMES
            ):
                continue
            spans[span] = key
    return spans


def _begun(phrase: str, key: str, catalog: Catalog, begins: Callable[[str], bool]) -> list[Name]:
    """Names whose expansion or title begins with a phrase of three words or more."""
    content = [word for word in words(phrase) if word not in STOP_WORDS]
    if len(content) < 3 or len(key) < _FEWEST_LETTERS_OF_A_START:
        return []
    if words(phrase)[0] in STOP_WORDS or words(phrase)[-1] in STOP_WORDS:
        return []
    # Phrases that begin alike ask the catalog once.
    if not begins(key[:_FEWEST_LETTERS_OF_A_START]):
        return []
    return catalog.names_beginning(key)


def _fitting(phrase: str, names: Sequence[Name]) -> list[Name]:
    """Names that a phrase is written as; thousands of papers may define the same one."""
    spelt = {(name.name, name.expansion): name for name in names}
    fits = {spelling for spelling, name in spelt.items() if _fits(phrase, name)}
    return [name for name in names if (name.name, name.expansion) in fits]


def _fits(phrase: str, name: Name) -> bool:
    """Whether a phrase is written as the name is: "as a" is not ASA, whatever its letters."""
    if fold(phrase) in (fold(name.expansion), fold(singular(name.expansion))):
        return True
    # "Elastic Tracker" is a name, an elastic tracker is not.
    if " " in name.name and len(words(name.name)) <= 3 and phrase.islower():
        return False
    return len(words(phrase)) == len(words(name.name)) or " " in name.name


def _is_common(entity: Entity, phrase: str, catalog: Catalog, lexicon: Lexicon) -> bool:
    """Whether many more papers use a name than propose it: then it is a topic, not a paper."""
    few = 2 * len(entity.paper_ids) + 1
    forms = {entity.name, phrase, *entity.meanings}
    phrases = [tuple(terms(form)) for form in forms]
    holding = lexicon.containing(phrases, most=max(few, _MOST_READ) + 1)
    if len(holding) <= few:
        return False
    if len(holding) > _MOST_READ:
        return True
    # The text index folds case: STEP is rarer than "step".
    exact = re.compile("|".join(rf"(?<![\w-]){re.escape(form)}(?![\w-])" for form in forms))
    papers = catalog.papers(sorted(holding))
    return sum(bool(exact.search(f"{p.title} {p.abstract}")) for p in papers) > few


def _meant(phrase: str, names: Sequence[Name], lexicon: Lexicon) -> bool:
    """Whether a phrase means the name and not an everyday word spelt the same ("soft", "step")."""
    if not phrase.islower() or " " in phrase or any(name.name == phrase for name in names):
        return True
    return lexicon.document_frequency(stem(phrase)) <= len({name.paper_id for name in names})


def _entity(names: Sequence[Name], span: tuple[int, int]) -> Entity:
    own = [name for name in names if name.own]
    chosen = own or names
    meanings: dict[str, str] = {}
    # Thousands of papers may spell it out in the same way.
    for expansion in dict.fromkeys(name.expansion for name in names):
        if expansion:
            meanings.setdefault(" ".join(stem(word) for word in words(expansion)), expansion)
    ids = tuple(dict.fromkeys(name.paper_id for name in chosen))
    return Entity(chosen[0].name, ids, bool(own), tuple(meanings.values()), span)


def _authors(
    text: str, found: Sequence[re.Match[str]], catalog: Catalog, taken: Sequence[tuple[int, int]]
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """People named in the question who wrote something here, by their fullest stored names."""
    lasts = [word for match in found for word in folded(match.group().removesuffix("'s"))]
    ending = _by_ends(name for name, _ in catalog.authors_named(lasts))
    authors: dict[str, None] = {}
    spans: list[tuple[int, int]] = []
    for size in (4, 3, 2):
        for first in range(len(found) - size + 1):
            span = (found[first].start(), found[first + size - 1].end())
            phrase = re.sub(r"['’]s?$", "", text[slice(*span)])
            if _overlaps(span, [*taken, *spans]) or re.search(r"\band\b|\bwith\b", phrase):
                continue
            last = folded(phrase)[-1:]
            matches = [name for name in ending.get(last, ()) if same_person(phrase, name)]
            if matches:
                authors.setdefault(max(matches, key=len))
                spans.append(span)
    return tuple(authors), spans


def _by_ends(names: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Names by their last word and by their first, which "Wu Le" puts last."""
    ends: dict[tuple[str, ...], list[str]] = {}
    for name in dict.fromkeys(names):
        found = folded(name)
        for end in {found[-1:], found[:1]}:
            ends.setdefault(end, []).append(name)
    return ends


def _surnames(
    text: str, free: Sequence[re.Match[str]], catalog: Catalog, lexicon: Lexicon
) -> tuple[str, ...]:
    """Last names after "by" or "of" that somebody here has and no abstract uses as a word."""
    asked = [w.group() for w in free if w.group()[0].isupper() and _BY.search(text[: w.start()])]
    rare = [name for name in asked if not lexicon.document_frequency(stem(name.lower()))]
    stored = catalog.authors_named([word for name in rare for word in folded(name)])
    return tuple(n for n in rare if any(folded(one)[-1:] == folded(n) for one, _ in stored))


def _unknown(text: str, free: Sequence[re.Match[str]], lexicon: Lexicon) -> tuple[str, ...]:
    """Proper names, in the question's own spelling, that no abstract or title holds."""
    return tuple(
        dict.fromkeys(
            match.group()
            for match in free
            if _is_proper(text, match)
            and not _has_synonym(match.group(), lexicon)
            and not _is_held(match.group(), lexicon)
        )
    )


def _is_held(name: str, lexicon: Lexicon) -> bool:
    """Whether the corpus holds a part of a name; the "X" of "SLAM-X" is none."""
    forms = _forms(name)
    parts = len(words(name)) > 1
    long = [form for form in forms if parts and len(form) > _LETTERS_OF_A_LABEL]
    return any(lexicon.document_frequency(stem(form)) for form in long or forms)


def _forms(name: str) -> list[str]:
    """The words of a name, and of its singular: GPUs are there where a GPU is.

    A trade mark's sign may be stored as letters.
    """
    found = [*words(name), *words(singular(name))]
    return [*found, f"{found[0]}tm"] if len(found) == 2 else found


def _has_synonym(word: str, lexicon: Lexicon) -> bool:
    """Whether the corpus writes a name in another way that everybody knows: CNN spelt out."""
    return any(lexicon.document_frequency(one) for one in synonyms_of(stem(word.lower())))


def _is_proper(text: str, match: re.Match[str]) -> bool:
    word = match.group()
    if is_short_form(word):
        return True
    starts_sentence = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".?!"
    return word[0].isupper() and not starts_sentence and word.lower() not in STOP_WORDS


def _name_pairs(text: str, free: Iterable[re.Match[str]]) -> list[str]:
    """Pairs of neighbouring capitalised words, which may be people."""
    pairs: list[str] = []
    previous: re.Match[str] | None = None
    for match in free:
        proper = match.group()[0].isupper() and match.group().lower() not in _NOT_NAMES
        if proper and previous and text[previous.end() : match.start()] == " ":
            pairs.append(f"{previous.group()} {match.group()}")
        previous = match if proper else None
    return pairs


def _all_unknown(name: str, lexicon: Lexicon) -> bool:
    return not any(lexicon.document_frequency(stem(word)) for word in words(name))


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)

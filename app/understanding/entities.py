"""What a question names: methods, acronyms, titles and authors that the corpus knows, or lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.understanding.authors import authors_in, surnames_in
from app.understanding.cited import cited
from app.understanding.name_spans import NOT_NAMES, Found, overlaps, words_in
from app.understanding.unknown_names import unknown_names, unknown_people
from ingest.catalog import Catalog, Name, fold, singular
from ingest.stores.lexicon import Lexicon
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, terms, words

# "SimpleView", "WABIAN-2", "CelebA": a capital or digit that no plain word has.
_WRITTEN_AS_NAME = re.compile(r"[a-z][A-Z]|[A-Z][\w+-]*[A-Z\d]")
_METRIC = re.compile(r"@|(?:^|-)(?:F-?\d|NDCG|MRR|BLEU|ROUGE|AUC|AUROC|RMSE|MAE|IoU|mAP)\b", re.I)
_MOST_WORDS_OF_A_TITLE = 16
_MOST_READ = 60
_FEWEST_LETTERS_OF_A_START = 14
_FEW_PAPERS = 2
# "NP-complete" and "GPS-denied" describe; they name nothing.
_DESCRIBES = re.compile(r"[A-Z\d]+s?-[a-z]{4,}$")


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in the question and the papers it stands for.

    `own` where the papers propose what the name means, rather than mention it. `meanings` are the
    distinct expansions over the corpus. `span` are half-open offsets into the question. `mentioned`
    where the papers only hold the name, but hardly any others do. `cited` where it is no name but
    who wrote a paper and when.
    """

    name: str
    paper_ids: tuple[str, ...]
    own: bool
    meanings: tuple[str, ...]
    span: tuple[int, int]
    mentioned: bool = False
    cited: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """What the corpus knows of the names in a question.

    `authors` are their fullest stored names, `author_phrases` what the question calls them.
    `unknown` and `unknown_authors` are names that no paper holds, `missing` what is cited ("Smith
    et al. 2019") and is not here. `strange` are words that are neither English nor in the
    abstracts, where they are most of the question.
    """

    entities: tuple[Entity, ...] = ()
    authors: tuple[str, ...] = ()
    author_phrases: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_authors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()

    def own(self) -> tuple[Entity, ...]:
        return tuple(entity for entity in self.entities if entity.own)


def link(text: str, catalog: Catalog, lexicon: Lexicon) -> Linked:
    """Entities and authors in order of appearance, longest first where they overlap."""
    citing = cited(text, catalog)
    found = [w for w in words_in(text) if not overlaps(w.span(), [one.span for one in citing])]
    entities = _entities(text, found, catalog, lexicon)
    entities += [
        Entity(one.text, one.paper_ids, True, (), one.span, cited=True)
        for one in citing
        if one.paper_ids
    ]
    known = [entity.span for entity in entities]
    meant = [e for e in _mentioned(found, lexicon) if not overlaps(e.span, known)]
    if not any(entity.own for entity in entities):
        entities += meant
    taken = [entity.span for entity in entities]
    authors, spans = authors_in(text, found, catalog, taken)
    free = [w for w in found if not overlaps(w.span(), [*taken, *spans])]
    surnames = surnames_in(text, free, catalog, lexicon)
    free = [w for w in free if w.group() not in surnames]
    entities.sort(key=lambda entity: entity.span)
    return Linked(
        entities=tuple(entities),
        authors=authors + surnames,
        author_phrases=(*(text[slice(*span)] for span in spans), *surnames),
        unknown=unknown_names(text, free, lexicon),
        unknown_authors=unknown_people(text, free, lexicon),
        missing=tuple(one.text for one in citing if not one.paper_ids),
    )


def _entities(text: str, found: Found, catalog: Catalog, lexicon: Lexicon) -> list[Entity]:
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
            and not overlaps((start, end), [e.span for e in entities])
            and _meant(text[start:end], names, lexicon)
        ):
            entity = _entity(names, (start, end))
            if entity.own and _is_common(entity, text[start:end], catalog, lexicon):
                entity = replace(entity, own=False)
            entities.append(entity)
    return sorted(entities, key=lambda entity: entity.span)


def _mentioned(found: Found, lexicon: Lexicon) -> list[Entity]:
    """Words written as names ("CelebA") that at most two papers hold, which then are meant."""
    entities = []
    for match in found:
        name = re.sub(r"['’]s$", "", match.group())
        named = _WRITTEN_AS_NAME.search(name) and not _DESCRIBES.match(name)
        if named and not _METRIC.search(name):
            holding = lexicon.containing([tuple(terms(name))])
            if 0 < len(holding) <= _FEW_PAPERS:
                entities.append(Entity(name, tuple(sorted(holding)), True, (), match.span(), True))
    return entities


def _candidates(text: str, found: Found) -> dict[tuple[int, int], str]:
    """Runs of words that may be a name, an expansion or a title, and their folded forms."""
    spans: dict[tuple[int, int], str] = {}
    for first in range(len(found)):
        for last in range(first, min(len(found), first + _MOST_WORDS_OF_A_TITLE)):
            span = (found[first].start(), found[last].end())
            key = fold(singular(text[slice(*span)].removesuffix("'s").removesuffix("’s")))
            if first == last and (
                key in STOP_WORDS or len(key) < 2 or text[slice(*span)].lower() in NOT_NAMES
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

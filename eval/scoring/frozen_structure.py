"""Whether a claim says of the same things what its record says, by cues: no meaning is understood.

A fault is told only where the record speaks of the same words otherwise: what is not found is left
to the measures of overlap. It shares no code with the engine's own check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.scoring.frozen_binding import (
    has_swapped_numbers,
    has_swapped_roles,
    is_requantified,
    is_scrambled,
    is_spliced,
)
from eval.scoring.frozen_polarity import is_negated, is_opposite, is_turned
from eval.scoring.frozen_reading import Said, nearest, words_of
from eval.scoring.normalize import sentences

Check = Callable[[Said, Sequence[Said]], bool]


def faults(claim: str, record: str) -> tuple[str, ...]:
    """The kinds of error by which a claim goes against a record that has its words.

    Of number, order, splice, negation, direction, opposite, quantifier and role.
    """
    said, whole = words_of(claim), [words_of(one) for one in sentences(record)]
    near = nearest(said, whole)
    of_record: dict[str, Check] = {
        "number": has_swapped_numbers,
        "order": is_scrambled,
        "splice": is_spliced,
    }
    of_nearest: dict[str, Check] = {
        "negation": is_negated,
        "direction": is_turned,
        "opposite": is_opposite,
        "quantifier": is_requantified,
        "role": has_swapped_roles,
    }
    return (
        *(name for name, is_faulty in of_record.items() if is_faulty(said, whole)),
        *(name for name, is_faulty in of_nearest.items() if near and is_faulty(said, near)),
    )

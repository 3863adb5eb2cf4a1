"""How a paper speaks of itself, and of what it contributes: patterns that are built from once."""

from __future__ import annotations

THIS_PAPER = r"this (?:paper|work|article|study|survey|workshop)"
# "We", and what a paper does when nobody is named.
OURSELVES = (
    rf"(?:we|our|ours|{THIS_PAPER}"
    r"|(?:is|are) (?:proposed|presented|introduced|established|constructed))"
)
# Verbs with which a paper brings something new, in all their forms, and its nouns.
CONTRIBUTES = (
    r"(?:(?:propos|present|introduc|develop|design|devis|construct|creat|releas|deriv|organi[sz])\w*"
    r"|buil(?:t|ds?))"
)

"""Collections whose texts are not on this machine: what a run here says nothing about."""

from __future__ import annotations

import json
from pathlib import Path

from eval.dataset.corpora import BASELINE, skipped, skipped_names
from eval.running.checkpoint import code_fingerprint
from eval.running.session import ROOT


def not_gated(baseline: Path = BASELINE) -> str:
    """A sentence on the collections that were skipped, empty where none was.

    It says which of them were blessed with other code than this, so that nobody takes a run
    without their texts for a gate on them.
    """
    absent = skipped()
    code = code_fingerprint(ROOT, ("ingest", "app"))
    other = [name for name in skipped_names() if _blessed_with(baseline, name) != code]
    if not other:
        return absent
    return (
        f"{absent} Not gated by this run, and their baselines were blessed with other code: "
        f"{', '.join(other)}. Run the gate where the texts are before you rely on it."
    )


def _blessed_with(baseline: Path, corpus: str) -> str:
    """The fingerprint of the code that a corpus was blessed with, "" where it was not."""
    stored = json.loads(baseline.read_text("utf-8")) if baseline.is_file() else {}
    report = stored.get("corpora", {}).get(corpus, {})
    return str(report.get("provenance", {}).get("engine", ""))

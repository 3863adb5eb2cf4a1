"""What is kept of the page's visitors, for how long, and what their browsers may send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradio import Blocks

# A visitor takes some 40 KB: what is kept of one who went, and of how many at most.
KEPT_SECONDS, MOST_VISITORS = 4 * 3_600, 500
_SWEPT_EVERY = 60  # seconds


@asynccontextmanager
async def forgetting(page: Blocks) -> AsyncGenerator[None, None]:
    """Forgets visitors who have not been heard of for hours, for the time of the block."""

    async def sweep() -> None:
        while True:
            forget(page, datetime.now() - timedelta(seconds=KEPT_SECONDS))
            await asyncio.sleep(_SWEPT_EVERY)

    sweeping = asyncio.create_task(sweep())
    try:
        yield
    finally:
        sweeping.cancel()


def forget(page: Blocks, before: datetime) -> None:
    """Drop what is kept of visitors who were last heard of before that time."""
    holder = page.state_holder
    with holder.lock:
        for session, heard in list(holder.time_last_used.items()):
            if heard < before:
                holder.session_data.pop(session, None)
                del holder.time_last_used[session]


def is_event(page: Blocks, event: Any) -> bool:
    """Whether a request is one that the page's own script, or a client of its endpoints, sends.

    Only text comes from a text field, and nothing from what the server itself keeps.
    """
    fields = event if isinstance(event, dict) else {}
    index, data = fields.get("fn_index"), fields.get("data")
    known = page.fns.get(index) if isinstance(index, int) else None
    if known is None or not isinstance(data, list) or len(data) != len(known.inputs):
        return False
    return isinstance(fields.get("session_hash"), str) and all(
        _fits(component.get_block_name(), value)
        for component, value in zip(known.inputs, data, strict=True)
    )


def _fits(component: str, value: object) -> bool:
    if component == "state":
        return value is None
    return component != "textbox" or value is None or isinstance(value, str)

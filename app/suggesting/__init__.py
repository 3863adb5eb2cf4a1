"""Questions that are offered to be clicked, each of which the collection answers."""

"""Ranked papers become an answer in sentences of their abstracts; no model is asked."""

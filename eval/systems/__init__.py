"""Answers of any system become the record that the engine's own answers are."""

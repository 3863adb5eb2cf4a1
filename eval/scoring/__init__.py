"""Answers become scores; no model is asked."""

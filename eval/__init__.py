"""Evaluation: hand-written cases become scores that are the same twice."""

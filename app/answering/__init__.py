"""Passages to an answer: one module for each way to answer."""

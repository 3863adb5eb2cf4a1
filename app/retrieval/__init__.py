"""A topic becomes ranked papers."""

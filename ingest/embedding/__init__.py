"""Texts become vectors, by the model that a setting names."""

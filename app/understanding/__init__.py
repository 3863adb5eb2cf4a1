"""A question's text becomes one complete reading of it; nothing here answers."""

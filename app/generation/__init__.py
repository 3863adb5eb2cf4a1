"""A model writes or judges, and what it says is checked before it is shown."""

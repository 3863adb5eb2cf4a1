"""The chat server: requests, streams, and what its failures mean."""

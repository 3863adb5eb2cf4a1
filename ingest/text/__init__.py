"""Text of records: cleaned, split into sentences and terms, its names read."""

"""What is derived from the catalog: vectors, text index, forward index, relatives."""

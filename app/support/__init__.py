"""Is this sentence backed by that abstract? By words, numbers, names and direction."""

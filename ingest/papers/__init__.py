"""Records become papers: which belong together, and what the stores keep of each."""

"""LlamaIndex's models, node postprocessors and tracers at work for us, where a setting asks."""

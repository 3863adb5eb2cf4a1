"""A model grades answers, as far as its grades agree with people's."""

"""An index on servers: many processes read it and write it, each with a text index of its own."""

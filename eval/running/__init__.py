"""Cases are asked and scored, once or under many settings."""

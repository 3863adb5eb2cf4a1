"""The application: a question becomes passages, and passages become a cited answer."""

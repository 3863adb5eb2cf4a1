"""Case files and corpora: what is asked, and of which papers."""

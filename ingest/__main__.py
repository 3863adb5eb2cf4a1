"""`python -m ingest PATH...` is `askpapers ingest PATH...`."""

import sys

from app.start import main

sys.argv[1:1] = ["ingest"]
main()

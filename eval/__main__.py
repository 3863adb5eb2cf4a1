"""`python -m eval run` is `askpapers eval run`."""

import sys

from app.start import main

sys.argv[1:1] = ["eval"]
main()

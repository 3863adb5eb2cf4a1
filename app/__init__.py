"""The application: a question becomes passages, and passages become a cited answer."""

import os

# The matrices of an answer are small: a second thread saves no time, and burns a core waiting.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

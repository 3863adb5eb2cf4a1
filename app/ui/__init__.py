"""What people see: the page and the terminal."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while Gradio is imported

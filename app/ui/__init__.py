"""What people see: the page and the terminal."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while Gradio is imported
# After every event Gradio would sum up all of them for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)

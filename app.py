"""What a Hugging Face Space runs, and `python app.py` anywhere: settings, then the page."""

from __future__ import annotations

import os

from chatbot.settings import from_flags
from chatbot.ui.launch import serve

if __name__ == "__main__":
    serve(from_flags(None, os.environ))

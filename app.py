"""What a Hugging Face Space runs, and `python app.py` anywhere: settings, then the page."""

from __future__ import annotations

import os
from importlib import import_module

from chatbot.settings import from_flags
from chatbot.ui.launch import serve


def on_zero_gpu() -> None:
    """Nothing; ZeroGPU starts no Space without a function for its GPU, and Quoth reads on CPUs."""


if __name__ == "__main__":
    if os.environ.get("SPACES_ZERO_GPU"):
        import_module("spaces").GPU(on_zero_gpu)  # the platform brings this package
    serve(from_flags(None, os.environ))

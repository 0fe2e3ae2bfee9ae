"""The Gradio page: layout and wiring. Knows the desk and the views, and decides nothing."""

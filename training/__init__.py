"""Data sets in, a reader artefact out. Nothing imports this room."""

"""Records as escaped HTML, as lines of a terminal or as a file, and every word that is said."""

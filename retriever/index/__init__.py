"""The indexes of a collection, by meaning and by words; they follow SQL."""

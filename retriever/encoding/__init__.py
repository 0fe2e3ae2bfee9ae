"""Texts become unit vectors; which encoder a library has."""

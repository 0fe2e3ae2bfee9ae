"""Backup, restore, comparing, clearing away, embedding anew."""

"""The reader: a question and texts in, quotations out. Needs no other room of Quoth."""

from reader.artefact import Artefact, DamagedArtefact
from reader.calibrate import Calibration
from reader.reader import Reader
from reader.types import Span, Window

__all__ = ["Artefact", "Calibration", "DamagedArtefact", "Reader", "Span", "Window"]

"""Personal data is masked here, before anything is stored, logged or printed."""

from pipelines.masking.listing import mask_analyzed
from pipelines.masking.text import Edit, MaskedText, mask_text, pseudonym

__all__ = ["Edit", "MaskedText", "mask_analyzed", "mask_text", "pseudonym"]

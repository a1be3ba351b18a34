"""Personal data is masked here, before anything is stored, logged or printed."""

from pipelines.masking.listing import mask_analyzed
from pipelines.masking.text import Edit, MaskedText, mask_text, pseudonym
from pipelines.masking.url import mask_url

__all__ = ["Edit", "MaskedText", "mask_analyzed", "mask_text", "mask_url", "pseudonym"]

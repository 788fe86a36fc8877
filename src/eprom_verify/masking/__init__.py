"""Takes secrets out of what is captured, before it is written anywhere."""

from eprom_verify.masking.mask import Mask
from eprom_verify.masking.packed import without_last_word
from eprom_verify.masking.places import HIDDEN

__all__ = ["HIDDEN", "Mask", "without_last_word"]

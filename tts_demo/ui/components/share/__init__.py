"""A dialog with the link to a page's settings."""

from tts_demo.ui.components.share.component import Share, ShareValue, Wish, wish_of

__all__ = ["Share", "ShareValue", "Wish", "wish_of"]

"""Where a teacher makes a test for a class, and has its code and links."""

from tts_demo.ui.components.class_link.component import ClassLink, ClassLinkValue, Wish, wish_of

__all__ = ["ClassLink", "ClassLinkValue", "Wish", "wish_of"]

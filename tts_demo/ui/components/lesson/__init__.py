"""The lesson: what was recorded, in four steps, before anybody has trained anything."""

from tts_demo.ui.components.lesson.component import Lesson, LessonValue, lesson_value

__all__ = ["Lesson", "LessonValue", "lesson_value"]

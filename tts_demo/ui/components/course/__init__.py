"""The course: steps that set the page up, ask for something, see that it was done, and ask a question."""

from tts_demo.ui.components.course.component import Course, CourseValue, Step

__all__ = ["Course", "CourseValue", "Step"]

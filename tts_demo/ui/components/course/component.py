"""The course: steps that set the page up, ask for something, see that it was done, and ask a question."""

from collections.abc import Sequence
from typing import Any, TypedDict

from tts_demo.ui.components.base import Component


class Task(TypedDict):
    """Something to do: in words, where on the page (a CSS selector), and how it is known that it was done."""

    text: str
    at: str
    check: dict[str, Any]


class Answer(TypedDict):
    """An answer to choose: whether it is right, and why."""

    text: str
    right: bool
    why: str


class Step(TypedDict):
    """One step, in one language; `text` are its paragraphs."""

    id: str
    title: str
    text: Sequence[str]
    tasks: Sequence[Task]
    question: str
    answers: Sequence[Answer]


class CourseValue(TypedDict):
    """Value of a `Course`: its steps in their order."""

    steps: Sequence[Step]


class Course(Component):
    """Leads through the page.

    The value is a `CourseValue`. Event `set_up`: a step begins; its `step` is in the event's attributes, the step's id.
    What a learner does reaches it from the other components, see shared/deeds.js; the browser keeps how far they came.
    The window's event `hear-course` opens it, as the address's `course` does.
    """

    triggers = ("set_up",)

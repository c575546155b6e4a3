"""Joins gradio's events to handlers that know no gradio: what they take and what they answer goes by name."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tts_demo.ui.lab.changes import Change, Show

DATA = "data"  # among what a handler takes: what the component's script has sent with its event; it may be anything
QUERY = "query"  # what stands after "?" in the page's address: name -> its values


@dataclass(frozen=True)
class Record:
    """Several values that a handler takes as one: field of `make` -> name of the part of the page that has it."""

    make: Callable[..., Any]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Answered:
    """An event with its answer, which something may follow."""

    _listen: Callable[..., "Answered"]

    def then(
        self,
        handler: Callable[..., Change] | None,
        takes: Sequence[str] = (),
        gives: Sequence[str] = (),
        **options: Any,
    ) -> "Answered":
        """Let another handler answer when the first one has; see `Wiring.on`."""
        return self._listen(handler, takes, gives, options)


class Wiring:
    """The events of one page.

    Parameters
    ----------
    parts : mapping of str to gradio block
        By name: whose events are answered, and what handlers take and answer.
    records : mapping of str to Record
        What handlers take besides, under one name each.
    faces : mapping of str to function
        Parts that are shown otherwise than they are told: name -> the value that gradio gets.
    options : mapping
        gradio's options of every event.
    """

    def __init__(
        self,
        parts: Mapping[str, Any],
        records: Mapping[str, Record],
        faces: Mapping[str, Callable[[Any], Any]],
        options: Mapping[str, Any],
    ) -> None:
        self._parts, self._records, self._faces, self._options = parts, records, faces, options

    def on(
        self,
        events: str | Sequence[str],
        handler: Callable[..., Change] | None,
        takes: Sequence[str] = (),
        gives: Sequence[str] = (),
        **options: Any,
    ) -> "Answered":
        """Let a handler answer events, each "part.event"; with `js` in the options it may be None.

        It is called with keyword arguments: the names of `takes`, each a part, a record, `DATA` or `QUERY`. It answers
        with a `Change` of some parts of `gives`. A script of `js` gets the values of the parts in the order of `takes`.
        """
        each = [events] if isinstance(events, str) else events
        triggers = [getattr(self._parts[part], event) for part, _, event in (name.partition(".") for name in each)]
        return self._listen(
            triggers[0] if len(triggers) == 1 else functools.partial(gr.on, triggers), handler, takes, gives, options
        )

    def _listen(
        self, listen: Callable[..., Any], handler: Callable[..., Change] | None, takes: Sequence[str],
        gives: Sequence[str], options: Mapping[str, Any],
    ) -> "Answered":  # fmt: skip
        inputs = [self._parts[part] for name in takes for part in self._parts_of(name)]
        answer = handler and self._answer(handler, takes, bool(gives))
        event = listen(answer, inputs, [self._parts[name] for name in gives], **{**self._options, **options})
        return Answered(functools.partial(self._listen, event.then))

    def _answer(self, handler: Callable[..., Change], takes: Sequence[str], shows: bool) -> Callable[..., Any]:
        """The function that gradio calls, with its values in the order of the inputs."""

        def answer(values: tuple, **others: Any) -> Any:
            change = handler(**self._taken(takes, values), **others)
            return self._shown(change) if shows else None

        if DATA in takes:

            def with_data(event: gr.EventData, *values: Any) -> Any:
                return answer(values, data=event._data)

            return with_data
        if QUERY in takes:

            def with_query(request: gr.Request, *values: Any) -> Any:
                asked = request.query_params
                return answer(values, query={name: asked.getlist(name) for name in asked})

            return with_query
        return lambda *values: answer(values)

    def _parts_of(self, name: str) -> Sequence[str]:
        """The parts whose values a handler takes under this name."""
        if name in (DATA, QUERY):
            return ()
        return tuple(self._records[name].fields.values()) if name in self._records else (name,)

    def _taken(self, takes: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
        """A handler's arguments by name."""
        names = [part for name in takes for part in self._parts_of(name)]
        given = dict(zip(names, values, strict=True))
        taken = {}
        for name in takes:
            if name in self._records:
                record = self._records[name]
                taken[name] = record.make(**{field: given[part] for field, part in record.fields.items()})
            elif name in given:
                taken[name] = given[name]
        return taken

    def _shown(self, change: Change) -> Any:
        """What gradio is told. Where nothing changes, it has to be told so: it takes {} for a value."""
        shown = {self._parts[name]: self._update(name, value) for name, value in change.items()}
        return shown or gr.skip()

    def _update(self, name: str, value: Any) -> Any:
        if isinstance(value, Show):
            return gr.update(**value)
        return self._faces[name](value) if name in self._faces else value

"""What the site shows of each recorded run, the same in every language, and the clips that it plays."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tts_demo import acoustics, corpus, labels, recorded_runs, run_recording
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus
from tts_demo.lesson import LESSON
from tts_demo.recorded_lesson import RecordedLesson
from tts_demo.recorded_runs import RecordedRuns
from tts_demo.runs import Run
from tts_demo.ui.components.loss_chart import encode_rows
from tts_demo.ui.lab import blind_handlers, clips, session
from tts_demo.ui.lab.sentences import Known, Wanted, chosen
from tts_demo.ui.lab.session import RECORDED, Experiment
from tts_demo.ui.locales.catalog import LANGUAGES
from tts_demo.ui.site.shelf import Shelf

BLIND_SENTENCES = 12  # unseen ones that a blind test of the lesson's runs draws from
_TESTED = ("out", "regularized")  # runs of the lesson that say all of them
_ENGLISH = LANGUAGES["en"]


@dataclass(frozen=True)
class Recorded:
    """Everything that was recorded: the lesson, and all other runs."""

    lesson: RecordedLesson
    others: RecordedRuns

    @cached_property
    def ids(self) -> dict[RunConfig, str]:
        """Ids of all runs, by their settings; where the lesson has such a run, it is the lesson's."""
        return session.ids_of(self.lesson, self.others)

    @cached_property
    def runs(self) -> dict[str, Run]:
        """All runs by their ids."""
        named: dict[str, Run] = {**self.others.runs, **self.lesson.runs}
        return {run_id: named[run_id.removeprefix(RECORDED)] for run_id in self.ids.values()}

    @cached_property
    def shelf(self) -> Shelf:
        """The same, for handlers."""
        return Shelf(self.runs)

    @cached_property
    def voice(self) -> Corpus:
        """The corpus that is listened to."""
        return corpus.load(LESSON.corpus)

    @cached_property
    def known(self) -> Known:
        """What is known of sentences from the lesson."""
        return Known.of(self.lesson)

    def experiment(self, run_id: str) -> Experiment:
        """A run as the page's session holds it: its weights stay at home."""
        twin = self.lesson.twin.prompt if self.runs[run_id].config.keep_in else ""
        label = str(labels.label_of(self.runs[run_id].config, self.voice))
        return Experiment(run_id, label, 0, twin, recorded=True, clips_only=True)

    def wanted(self, kind: Any) -> Wanted:
        """A request for the sentence of a kind."""
        return Wanted(kind, self.lesson.twin.prompt, "")

    @cached_property
    def prompts(self) -> dict[str, str]:
        """The prompts that are listened to, by the kind of their sentence."""
        kinds = ("unseen", "seen", "twin")
        return {
            kind: chosen(self.shelf, (), self.voice, self.wanted(kind), self.known, _ENGLISH)[0].id for kind in kinds
        }

    @cached_property
    def tested(self) -> list[str]:
        """Unseen prompts that a blind test of the lesson's runs draws from, spread over all."""
        all_of_them = blind_handlers.sentences(self.voice)
        at = np.linspace(0, len(all_of_them) - 1, min(BLIND_SENTENCES, len(all_of_them))).round().astype(int)
        return [all_of_them[place] for place in at]

    def written(self, run_id: str) -> dict[str, Any]:
        """What a run's file says: its curves, its weights, what a recogniser heard, at which update it ended."""
        run, one = self.runs[run_id], self.experiment(run_id)
        charted = session.chart(self.shelf, (one,), _ENGLISH)
        assert charted is not None
        drawn = charted["runs"][0]
        texts = dict(recorded_runs.heard(run))
        texts |= {prompt: text for (voice, prompt), text in self.known.heard.items() if voice == run_id}
        end = run.end()
        return {
            "chart": {
                **drawn, "points": encode_rows(drawn["points"]), "batch": encode_rows(drawn.get("batch", ())),  # type: ignore[arg-type]
                "marks": [list(mark) for mark in drawn.get("marks", ())],
            },
            "inside": clips.inside_of(self.shelf, (one,), one, self.voice, self.wanted("unseen"), _ENGLISH, self.known),
            "prompts": sorted(self._said(run_id)), "heard": texts, "end": end.step if end else 0,
        }  # fmt: skip

    def abouts(self) -> list[dict[str, Any]]:
        """What was asked for in each run, as the course's checks see it."""
        return [session.about(run.config, self.experiment(run_id)) for run_id, run in self.runs.items()]

    def _said(self, run_id: str) -> Sequence[str]:
        """The prompts that a run says on the site."""
        if run_id.removeprefix(RECORDED) not in self.lesson.runs:
            return [*recorded_runs.clips(self.runs[run_id])]
        more = self.tested if run_id.removeprefix(RECORDED) in _TESTED else []
        return [*{*self.prompts.values(), *more}]

    def sounds(self) -> Iterator[tuple[str, bytes]]:
        """Each clip as Ogg Opus, by its address below the site's clips: "recording/PROMPT.opus"."""
        for run_id, run in self.runs.items():
            said = self._said(run_id)
            found: Mapping[str, bytes] = {
                prompt: path.read_bytes() for prompt, path in recorded_runs.clips(run).items() if prompt in said
            }
            if missing := sorted({*said} - {*found}):
                spoken = run_recording.speak(run, [self.voice[prompt] for prompt in missing])
                comment = self.voice.credits.of_synthetic
                found |= {  # type: ignore[operator]
                    prompt: run_recording.opus(sound, comment) for prompt, sound in zip(missing, spoken, strict=True)
                }
            for prompt, sound in found.items():
                yield f"{run_id}/{prompt}{recorded_runs.SOUND}", sound
        for prompt in sorted({*self.prompts.values(), *self.tested}):
            waveform = acoustics.match_loudness(self.voice.waveform(self.voice[prompt]))
            sound = run_recording.opus(waveform, self.voice.credits.of_recording)
            yield f"recording/{prompt}{recorded_runs.SOUND}", sound
        for prompt in self.prompts.values():
            value = clips.player_value(
                self.shelf, (), self.voice, self.wanted(self._kind(prompt)), _ENGLISH, known=self.known
            )
            yield f"vocoder/{prompt}{recorded_runs.SOUND}", _opus_of(value["clips"][1]["url"], self.voice)

    def _kind(self, prompt: str) -> str:
        return next(kind for kind, one in self.prompts.items() if one == prompt)


def _opus_of(url: str, voice: Corpus) -> bytes:
    """A WAV in a data address as Ogg Opus."""
    samples = acoustics.wav_samples(base64.b64decode(url.partition(",")[2]))
    return run_recording.opus(samples / 32767, voice.credits.of_synthetic)

"""The command line: python -m tts_demo COMMAND, of which `_parser` has the list."""

import argparse
import functools
import io
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tts_demo import console
from tts_demo.events import Event, Finished, Progress, Started, to_json
from tts_demo.messages import joined

if TYPE_CHECKING:  # torch comes with it, and --help should not wait for torch
    from matplotlib.figure import Figure

    from tts_demo.config import RunConfig
    from tts_demo.sweep_recording import TrainAll

_DIVERGED_OR_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 diverged or failed, 2 usage error, 130 interrupted."""
    console.bear_any_text()
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        return _DIVERGED_OR_FAILED
    except (ValueError, OSError) as error:  # what is raised on purpose is a ValueError with a sentence
        print(f"tts_demo: {error}", file=sys.stderr)
        return _USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tts_demo",
        description="Hear overfitting: train a small speech model with or without a regularizer.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a model and record the run in a directory")
    train.set_defaults(command=_train)
    _add_run_options(train)
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the run is recorded")
    train.add_argument("--events", choices=["-"], help="'-' writes each event as a JSON object to standard output")

    sweep = commands.add_parser("sweep", help="train one run at many strengths or sizes, and draw what came of it")
    sweep.set_defaults(command=_sweep)
    _add_run_options(sweep)
    sweep.add_argument(
        "--over", default="strength", metavar="NAME",
        help="what differs: strength (of the regularizer), units, layers or speech_seconds (strength)",
    )  # fmt: skip
    sweep.add_argument(
        "--points",
        type=int,
        help="how many runs, evenly apart on the axis (the strengths that the page offers; else 8)",
    )
    sweep.add_argument("--values", nargs="+", type=float, metavar="X", help="these values instead")
    sweep.add_argument("--workers", type=int, help="runs at once (2; on a cluster as many as it has cores)")
    sweep.add_argument(
        "--engine", default="local", metavar="NAME", help="what trains: local, ray or ray://HOST:PORT (local)"
    )
    sweep.add_argument("--out", required=True, type=Path, metavar="DIR", help="where runs, sweep.json and curve.* go")

    evaluate = commands.add_parser("evaluate", help="measure a recorded run on a split")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("run", type=Path, metavar="DIR", help="a run's directory")
    evaluate.add_argument(
        "--split", choices=["test", "validation", "train"], default="test", help="prompts to measure (test)"
    )
    evaluate.add_argument("--prompts", nargs="+", metavar="ID", help="measure these prompts instead of a split")
    evaluate.add_argument("--step", type=int, help="measure an earlier moment of the training")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")

    say = commands.add_parser("say", help="speak a text with a recorded run")
    say.set_defaults(command=_say)
    say.add_argument("text", help="what to say, in English, at most 300 characters")
    say.add_argument("--run", required=True, type=Path, metavar="DIR", help="a run's directory")
    say.add_argument("--out", required=True, type=Path, metavar="WAV", help="where the sound goes")
    say.add_argument(
        "--speed", default="1", metavar="FACTOR",
        help="from 0.5, half as fast, to 2, twice as fast (1, the speaker's own rhythm)",
    )  # fmt: skip
    say.add_argument("--step", type=int, help="speak as at an earlier moment of the training")

    figure = commands.add_parser("figure", help="draw recorded runs, for slides and papers")
    figure.set_defaults(command=_figure)
    figure.add_argument("runs", nargs="+", type=Path, metavar="DIR", help="directories of runs")
    figure.add_argument("--out", required=True, type=Path, metavar="FILE", help="a .pdf, .svg or .png")
    figure.add_argument(
        "--show", nargs="+", metavar="KIND", default=["curves"], help="curves, gap, spectrograms, f0 (curves)"
    )
    figure.add_argument("--prompt", metavar="ID", help="what is said in spectrograms and F0 (a test sentence)")

    notebook = commands.add_parser("notebook", help="write a recorded run as a Jupyter notebook that stands on its own")
    notebook.set_defaults(command=_notebook)
    notebook.add_argument("run", type=Path, metavar="DIR", help="a run's directory")
    notebook.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="where notebook, weights, data and licences go"
    )

    site = commands.add_parser(
        "export-site", help="write the recorded lesson, runs and course as files for any web host"
    )
    site.set_defaults(command=_export_site)
    site.add_argument("folder", type=Path, metavar="DIR", help="where they go: a new folder, or an earlier export's")
    site.add_argument(
        "--checkpoints", type=Path, metavar="DIR", default=Path(__file__).parent.parent / "checkpoints",
        help="the recorded lesson and runs (the program's own)",
    )  # fmt: skip

    load = commands.add_parser("load", help="tell how busy a running server is")
    load.set_defaults(command=_load)
    load.add_argument(
        "address", nargs="?", metavar="URL", default="http://127.0.0.1:7860",
        help="of its page (http://127.0.0.1:7860); from another machine, TTS_DEMO_METRICS_TOKEN has to be its token",
    )  # fmt: skip
    load.add_argument("--json", action="store_true", help="print one JSON object")

    rebuild = commands.add_parser("rebuild-corpus", help="make the bundled corpus anew from its Debian packages")
    rebuild.set_defaults(command=_rebuild_corpus)
    rebuild.add_argument("--out", type=Path, metavar="DIR", help="where it goes (the bundle's own place)")
    rebuild.add_argument("--check", action="store_true", help="compare with the bundle instead of replacing it")

    listing = commands.add_parser("list", help="print every regularizer, model, loss, optimizer and corpus")
    listing.set_defaults(command=_list)
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_run_options(command: argparse.ArgumentParser) -> None:
    """What a run can be asked for."""
    command.add_argument(
        "--config", metavar="JSON", help="file with a run's config ('-' for standard input); options override it"
    )
    command.add_argument("--corpus", help="name of the corpus (the lesson's); `list` shows all")
    command.add_argument("--model", help="feed_forward, rnn, cnn, transformer, hmm or forest (feed_forward)")
    command.add_argument("--speech-seconds", metavar="SECONDS|all", help="how much speech to train on (180)")
    command.add_argument("--updates", type=int, help="number of updates (600)")
    command.add_argument("--regularizer", metavar="NAME", help="name of the regularizer (none); `list` shows all")
    command.add_argument("--strength", type=float, help="the regularizer's strength (the optimizer's default)")
    command.add_argument("--keep-in", nargs="+", metavar="ID", help="prompts to train on besides the amount of speech")
    command.add_argument("--leave-out", nargs="+", metavar="ID", help="prompts not to train on, nor on near-duplicates")
    command.add_argument("--loss", help="mse, l1 or cross_entropy (mse)")
    command.add_argument("--optimizer", help="adam, adamw, rmsprop, sgd or momentum (adam)")
    command.add_argument("--learning-rate", type=float, help="size of a step (the optimizer's default)")
    command.add_argument("--seed", type=int, help="where the random numbers begin (0)")
    command.add_argument(
        "--set",
        nargs="+",
        action="extend",
        metavar="NAME=VALUE",
        default=[],
        help="other settings, named as in links: model.units=128",
    )


def _train(options: argparse.Namespace) -> int:
    import torch

    from tts_demo import training
    from tts_demo.runs import record

    torch.set_num_threads(training.THREADS)
    config = _config(options)
    control = training.Control()
    previous = signal.signal(signal.SIGINT, lambda *_: control.end())  # Ctrl-C keeps what the run has learned
    try:
        happenings = record(config, training.train(config, control), options.out)
        for event in _shown(config, happenings, options.events == "-"):
            if isinstance(event, Finished):
                if event.reason == "stopped":
                    return _INTERRUPTED
                return _DIVERGED_OR_FAILED if event.reason in ("diverged", "failed") else 0
    finally:
        signal.signal(signal.SIGINT, previous)
    return _DIVERGED_OR_FAILED


def _config(options: argparse.Namespace) -> "RunConfig":
    """The config file's values, overridden by the options that were given.

    Both are as they were written until the end: a strength that nobody gave is the default with the optimizer that
    counts at last.
    """
    from urllib.parse import urlencode

    from tts_demo.config import RunConfig
    from tts_demo.settings import SettingError

    values: dict = {}
    if options.config:
        written = sys.stdin.buffer.read() if options.config == "-" else Path(options.config).read_bytes()
        values = RunConfig.json_to_mapping(written)
        RunConfig.from_mapping(values)  # what is wrong in the file is said of the file, whatever else was asked for
    if options.model is not None and values.get("model", {}).get("name") != options.model:
        values["model"] = {"name": options.model}
    if options.set:
        pairs = [item.partition("=")[::2] for item in options.set]
        given = RunConfig.query_to_mapping(urlencode(pairs))
        if "model" in given:
            before = values.get("model", {"name": RunConfig().model.name})
            same = given["model"].get("name", before["name"]) == before["name"]
            given["model"] = (before if same else {}) | given["model"]
        if "regularizers" in given:
            known = {item["name"]: item for item in values.get("regularizers", [])}
            given["regularizers"] = [known.get(item["name"], {}) | item for item in given["regularizers"]]
        values |= given
    for name in ("corpus", "loss", "optimizer", "updates", "learning_rate", "seed", "keep_in", "leave_out"):
        if getattr(options, name) is not None:
            values[name] = getattr(options, name)
    if options.speech_seconds is not None:
        amount, expected = options.speech_seconds, "--speech-seconds must be a number of seconds or 'all'"
        values["speech_seconds"] = None if amount == "all" else _number(amount, expected)
    if options.regularizer is not None:
        named = [item for item in values.get("regularizers", []) if item["name"] == options.regularizer]
        values["regularizers"] = named or [{"name": options.regularizer}]
    if options.strength is not None:
        chosen = values.get("regularizers", [])
        if len(chosen) != 1 or chosen[0]["name"] == "none":
            raise SettingError("--strength needs one --regularizer to apply to.")
        values["regularizers"] = [chosen[0] | {"strength": options.strength}]
    return RunConfig.from_mapping(values)


def _number(text: str, expected: str) -> float:
    """The number that an option was given; `expected` begins the sentence that says what else it was."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{expected}, not {text[:40]!r}.") from None


def _shown(config: "RunConfig", happenings: Iterator[Event], as_json: bool) -> Iterator[Event]:
    """Pass events on; print each as JSON, or the evaluations as lines for people."""
    from tts_demo import outcome

    told: list[Event] = []  # without the many that no sentence at the end speaks of
    for event in happenings:
        if not isinstance(event, Progress) or event.validation_loss is not None:
            told.append(event)
        if as_json:
            print(json.dumps(to_json(event)), flush=True)
        elif isinstance(event, Started):
            print(
                f"{event.training_prompts} prompts, {event.training_seconds:.0f} s of speech; "
                f"{event.parameters:,} parameters; {event.total_updates} updates",
                file=sys.stderr,
            )
        elif isinstance(event, Progress) and event.validation_loss is not None:
            print(
                f"update {event.step:5d}   training {event.training_loss:.4f}   "
                f"validation {event.validation_loss:.4f}   {event.seconds:6.1f} s",
                file=sys.stderr,
            )
        elif isinstance(event, Finished):
            print(f"{event.reason}: {joined(outcome.sentences(config, told))}", file=sys.stderr)
        yield event


def _sweep(options: argparse.Namespace) -> int:
    from tts_demo import figures, sweep_recording, sweeps

    if options.values and options.points is not None:
        raise ValueError("--points and --values exclude each other.")
    sweep = sweeps.plan(_config(options), options.over, options.points, options.values or ())
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` ends the workers, too
    try:
        points = sweep_recording.record(
            sweep,
            options.out,
            2 if options.workers is None else options.workers,
            lambda line: print(line, file=sys.stderr),
            None if options.engine == "local" else _elsewhere(options.engine, options.workers),
        )
    finally:
        signal.signal(signal.SIGTERM, previous)
    for suffix in ("pdf", "svg", "png"):
        _save(figures.draw_sweep(sweep, points), options.out / f"curve.{suffix}")
    return 0


def _elsewhere(engine: str, workers: int | None) -> "TrainAll":
    """How a sweep is trained by an engine."""
    from tts_demo.engine import sweep_training

    return functools.partial(sweep_training.train_all, engine, workers)


def _save(figure: "Figure", path: Path) -> None:
    """Write a figure of the kind that its name says, in one piece: of a full disk matplotlib says something else."""
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=200, format=path.suffix.lstrip(".") or None)
    path.write_bytes(drawn.getvalue())


def _evaluate(options: argparse.Namespace) -> int:
    from tts_demo import corpus, evaluation, labels, runs

    run = runs.load(options.run)
    voice = corpus.load(run.config.corpus)
    if options.prompts:
        prompts = [voice[prompt] for prompt in options.prompts]
    elif options.split == "train":
        prompts = voice.training_prompts(run.config.speech_seconds, run.config.keep_in, run.config.leave_out)
    else:
        prompts = voice.split(options.split)
    figures: dict = {"run": str(labels.label_of(run.config, voice, run.events()))}
    figures |= {"split": None if options.prompts else options.split}
    figures |= evaluation.evaluate(run, voice, prompts, options.step)
    figures["vocoder_mcd_db"] = evaluation.vocoder_floor_db(voice, prompts)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:16} {value:.4f}" if isinstance(value, float) else f"{name:16} {value}")
    return 0


def _say(options: argparse.Namespace) -> int:
    from tts_demo import acoustics, corpus, runs, synthesis

    speed = _number(options.speed, "--speed must be a number")
    run = runs.load(options.run)
    voice = corpus.load(run.config.corpus)
    features = synthesis.predict_text(run.model(options.step), voice, options.text, speed)
    waveform = synthesis.speak(features, voice)
    options.out.write_bytes(acoustics.wav_bytes(waveform, voice.credits.of_synthetic))
    return 0


def _figure(options: argparse.Namespace) -> int:
    from tts_demo import figures, runs

    _save(figures.draw([runs.load(run) for run in options.runs], options.show, options.prompt), options.out)
    return 0


def _notebook(options: argparse.Namespace) -> int:
    from tts_demo import notebook, runs

    print(notebook.write(runs.load(options.run), options.out))
    return 0


def _export_site(options: argparse.Namespace) -> int:
    from tts_demo.ui.site import export

    size = export.write(options.folder, options.checkpoints)
    print(f"{options.folder}: {size / 1e6:.1f} MB")
    return 0


def _load(options: argparse.Namespace) -> int:
    import os
    from dataclasses import asdict

    from tts_demo import load_report

    load = load_report.ask(options.address, os.environ.get(load_report.TOKEN, ""))
    print(json.dumps(asdict(load)) if options.json else "\n".join(load_report.lines(load)))
    return 0


def _list(options: argparse.Namespace) -> int:
    from tts_demo import registries

    everything = registries.as_mapping()
    if options.json:
        print(json.dumps(everything, indent=1))  # in ASCII: it goes through any pipe
        return 0
    for kind, entries in everything.items():
        print(kind)
        for name, entry in entries.items():
            print(f"  {name:20} {entry['label']}")
    return 0


def _rebuild_corpus(options: argparse.Namespace) -> int:
    from tts_demo.corpus_building.command import rebuild

    return rebuild(options.out, options.check, lambda line: print(line, file=sys.stderr))


if __name__ == "__main__":
    sys.exit(main())

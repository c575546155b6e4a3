"""The command line as people and scripts call it: its output, its exit status."""

import codecs
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from tests.command_line import tts_demo, tts_demo_process
from tts_demo import corpus, events, runs
from tts_demo.config import RunConfig, choose
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS

PINNED = corpus.load("tiny").split("pinned")[0].id
FAST = ["--corpus", "tiny", "--updates", "25", "--set", "model.units=16"]


def in_encoding(encoding):
    """The environment of a terminal, or of a pipe, that takes this encoding: cp1252 on many a Windows."""
    return {**os.environ, "PYTHONIOENCODING": encoding}


def one_line(done, status=2):
    """The error's only line."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    done = tts_demo("train", *FAST, "--regularizer", "l2", "--strength", "1e-3", "--out", folder, "--events", "-")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_events_are_one_json_object_a_line(run):
    happenings = [json.loads(line) for line in run[1].splitlines()]
    assert happenings[0]["event"] == "started" and happenings[-1]["event"] == "finished"
    measured = [event for event in happenings if event["event"] == "progress" and event["validation_loss"]]
    assert [event["step"] for event in measured] == [0, 20, 25]
    assert all(event["training_loss"] > 0 for event in measured)
    assert all(events.from_json(event) for event in happenings)


def test_evaluate_prints_figures(run):
    done = tts_demo("evaluate", run[0], "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["split"] == "test" and figures["prompts"] == 4
    assert figures["mcd_db"] > figures["vocoder_mcd_db"] > 0
    assert figures["f0_rmse_hz"] > 0 and 0 < figures["voicing_error"] < 1 and figures["loss"] > 0
    table = tts_demo("evaluate", run[0], "--split", "validation")
    assert "mcd_db" in table.stdout and "validation" in table.stdout


def test_evaluate_of_one_prompt_and_an_earlier_step(run):
    prompt = json.loads(tts_demo("evaluate", run[0], "--json", "--prompts", PINNED).stdout)
    assert prompt["prompts"] == 1 and prompt["split"] is None
    early, late = (
        json.loads(tts_demo("evaluate", run[0], "--json", "--step", step).stdout)["loss"] for step in (5, 25)
    )
    assert early > late


def test_say_writes_tagged_speech(run, tmp_path):
    out = tmp_path / "x.wav"
    done = tts_demo("say", "Hello, world.", "--run", run[0], "--out", out, "--step", 20)
    assert done.returncode == 0, done.stderr
    with soundfile.SoundFile(out) as file:
        assert (file.samplerate, file.channels) == (16_000, 1)
        assert "Synthetic" in file.comment and "CC BY-SA 3.0" in file.comment
        samples = file.read()
    assert 0.4 < len(samples) / 16_000 < 3 and np.abs(samples).max() > 0.01


def test_say_at_another_speed(run, tmp_path):
    seconds = []
    for speed in ((), ("--speed", 0.5), ("--speed", "2")):
        done = tts_demo("say", "Hello, world.", "--run", run[0], "--out", tmp_path / "x.wav", *speed)
        assert done.returncode == 0, done.stderr
        seconds.append(soundfile.info(tmp_path / "x.wav").duration)
    default, slow, fast = seconds
    assert slow == pytest.approx(2 * default, rel=0.03) and fast == pytest.approx(default / 2, rel=0.03)


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        ("nan", "Speed must be a finite number"),
        ("0", "Speed must be from 0.5 to 2, not 0"),
        ("-1", "from 0.5 to 2"),
        ("100", "from 0.5 to 2, not 100"),
        ("fast", "--speed must be a number, not 'fast'"),
        ("", "--speed must be a number"),
    ],
)
def test_a_speed_at_which_nobody_speaks(run, tmp_path, speed, said):
    out = tmp_path / "x.wav"
    assert said in one_line(tts_demo("say", "Hello.", "--run", run[0], "--out", out, "--speed", speed))
    assert not out.exists()


def test_config_file_and_options_that_override_it(run, tmp_path):
    done = tts_demo(
        "train", "--config", run[0] / "config.json", "--seed", 3, "--updates", 2, "--out", tmp_path / "again"
    )
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "again" / "config.json").read_text())
    assert (config["seed"], config["updates"], config["model"]["units"]) == (3, 2, 16)
    assert config["regularizers"] == [{"name": "l2", "strength": 0.001}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--strength", "nan", "--regularizer", "l2"], "finite number"),
        (["--strength", "1e-4"], "--strength needs one --regularizer"),
        (["--regularizer", "l2", "--strength", "7"], "from 0 to 0.01"),
        (["--regularizer", "lasso"], "There is no regularizer named 'lasso'"),
        (["--model", "gpt"], "There is no model named 'gpt'"),
        (["--speech-seconds", "lots"], "a number of seconds or 'all'"),
        (["--speech-seconds", "-5"], "Amount of speech must be from 10"),
        (["--keep-in", "no-such-prompt"], "no prompt named 'no-such-prompt'"),
        (["--set", "model.units=1"], "Units must be from 16 to 512"),
        (["--set", "model.neighbours=9"], "Neighbours must be from 0 to 8"),
        (["--set", "model.frames_per_step=2"], "an earlier version, whose networks predicted frames"),
        (["--set", "nonsense"], "not known here"),
        (["--config", "no/such/file.json"], "No such file"),
        (["--config", sys.executable], "no text in UTF-8 or UTF-16"),
        (["--set", "l2.name=dropout"], "not known here"),
        (["--set", "l2.kind=1"], "no setting named 'kind'"),
        (["--seed", "9" * 400], "Seed"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_line(tmp_path, options, said):
    assert said in one_line(tts_demo("train", *FAST, *options, "--out", tmp_path / "run"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_config_is_read_as_an_editor_or_a_shell_wrote_it(tmp_path, encoding):
    """PowerShell's `>` writes UTF-16, and Windows' Notepad may put a byte-order mark in front."""
    written = json.dumps({"corpus": "tiny", "updates": 1, "seed": 5, "model": {"name": "rnn", "units": 16}}, indent=1)
    (tmp_path / "c.json").write_text(written, encoding=encoding, newline="\r\n")
    with (tmp_path / "c.json").open("rb") as content:
        piped = tts_demo_process(
            "train", "--config", "-", "--out", tmp_path / "pipe", stdin=content, env=in_encoding("ascii")
        )
    for name, done in (
        ("pipe", piped),
        ("file", tts_demo("train", "--config", tmp_path / "c.json", "--out", tmp_path / "file")),
    ):
        assert done.returncode == 0, done.stderr
        assert json.loads((tmp_path / name / "config.json").read_text())["seed"] == 5


def test_a_run_whose_files_an_editor_saved_anew_is_still_one(run, tmp_path):
    shutil.copytree(run[0], tmp_path / "run")
    for file in ("config.json", "events.jsonl"):
        path = tmp_path / "run" / file
        path.write_bytes(codecs.BOM_UTF8 + path.read_bytes().replace(b"\n", b"\r\n"))
    done = tts_demo("evaluate", tmp_path / "run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(tts_demo("evaluate", run[0], "--json").stdout)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_a_terminal_cannot_show_stops_no_command(run, encoding):
    found = json.loads(tts_demo_process("list", "--json", env=in_encoding(encoding)).stdout)
    assert found["regularizers"]["l2"]["settings"]["strength"]["label"] == "Strength λ"
    for command in (["list"], ["evaluate", run[0]], ["--help"], ["train", "--help"], ["say", "--help"]):
        done = tts_demo_process(*command, env=in_encoding(encoding), encoding=encoding)
        assert done.returncode == 0 and done.stdout and not done.stderr, (command, done.stderr)
    refused = tts_demo_process(
        "say", "你好", "--run", run[0], "--out", "x.wav", env=in_encoding(encoding), encoding=encoding
    )
    assert r"without \u4f60 \u597d" in one_line(refused)


@pytest.mark.parametrize(
    "program",
    [
        "import tts_demo.__main__ as program; program._list = show; program.main(['list'])",
        "sys.modules['tts_demo.ui.server'] = types.SimpleNamespace(serve=show); import app; app.main()",
        "sys.path.insert(0, 'benchmarks'); import project; show()",
    ],
)
def test_every_program_bears_what_its_terminal_cannot_show(program):
    """The page's server, too, whose messages name folders, and the benchmarks."""
    script = f"import sys, types\ndef show(*_, **__):\n    print('Dropout 0.1 → 0.9')\n    return 0\n{program}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=in_encoding("cp1252"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Dropout 0.1 \\u2192 0.9\n"), done.stderr


def test_set_overrides_a_config_file_also_with_a_default_value(tmp_path):
    (tmp_path / "c.json").write_text(
        '{"corpus": "tiny", "seed": 3, "updates": 1, "model": {"name": "rnn", "units": 16}}'
    )
    done = tts_demo("train", "--config", tmp_path / "c.json", "--set", "seed=0", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (config["seed"], config["model"]["units"]) == (0, 16)


def test_a_wrong_option_explains_the_usage(tmp_path):
    done = tts_demo("train", "--updates", "many", "--out", tmp_path / "run")
    assert done.returncode == 2 and "invalid int value" in done.stderr


def test_a_figure_of_a_run(run, tmp_path):
    done = tts_demo("figure", run[0], "--show", "gap", "f0", "--prompt", PINNED, "--out", tmp_path / "x.pdf")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    assert "no figure 'loss'" in one_line(tts_demo("figure", run[0], "--show", "loss", "--out", tmp_path / "y.pdf"))
    assert "'xyz'" in one_line(tts_demo("figure", run[0], "--out", tmp_path / "y.xyz"))
    assert "is not a run" in one_line(tts_demo("figure", tmp_path, "--out", tmp_path / "y.pdf"))
    assert "No such file" in one_line(tts_demo("figure", run[0], "--out", tmp_path / "nowhere" / "y.pdf"))


@pytest.mark.parametrize("command", [(), ("train",), ("evaluate",), ("say",), ("figure",), ("rebuild-corpus",)])
def test_help(command):
    done = tts_demo(*command, "--help")
    assert done.returncode == 0 and "usage" in done.stdout


def test_the_help_of_train_names_all_that_can_be_chosen_and_the_default():
    said = " ".join(tts_demo("train", "--help").stdout.split())
    assert all(name in said for name in (*MODELS, *LOSSES, *OPTIMIZERS))
    default = RunConfig()
    for name in (
        default.model.name,
        default.loss,
        default.optimizer,
        f"{default.speech_seconds:g}",
        default.updates,
        default.seed,
    ):
        assert f"({name})" in said


@pytest.mark.parametrize(("text", "said"), [("", "."), ("你好", "English"), ("a" * 301, "300")])
def test_text_that_cannot_be_read_out(run, tmp_path, text, said):
    assert said in one_line(tts_demo("say", text, "--run", run[0], "--out", tmp_path / "x.wav"))
    assert not (tmp_path / "x.wav").exists()


def test_a_run_of_an_earlier_version(run, tmp_path):
    """It is neither measured nor heard, nor trained on from its config."""
    shutil.copytree(run[0], tmp_path / "run")
    file = tmp_path / "run" / "config.json"
    written = json.loads(file.read_text())
    written["model"] = {"name": "rnn", "units": 16, "frames_per_step": 4}
    file.write_text(json.dumps(written))
    for command in (
        ("evaluate", tmp_path / "run"),
        ("say", "Hello.", "--run", tmp_path / "run", "--out", tmp_path / "x.wav"),
        ("train", "--config", file, "--out", tmp_path / "again"),
    ):
        assert "an earlier version, whose networks predicted frames" in one_line(tts_demo(*command))
    assert [place.name for place in tmp_path.iterdir()] == ["run"]


def test_places_that_are_no_runs_or_cannot_be_written(run, tmp_path):
    assert "is not a run" in one_line(tts_demo("evaluate", tmp_path))
    assert "with a name" in one_line(tts_demo("train", *FAST, "--out", ""))
    assert "already holds something" in one_line(tts_demo("train", *FAST, "--out", run[0]))
    assert "No such file" in one_line(tts_demo("say", "Hello.", "--run", run[0], "--out", tmp_path / "no" / "x.wav"))


def test_control_c_keeps_what_was_learned(tmp_path):
    import signal

    command = [sys.executable, "-m", "tts_demo", "train", *FAST, "--updates", "20000", "--out", str(tmp_path / "run")]
    with subprocess.Popen([*command, "--events", "-"], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if json.loads(line).get("step") == 8:
                process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    last = json.loads((tmp_path / "run" / "events.jsonl").read_text().splitlines()[-1])
    assert last["reason"] == "stopped" and last["step"] >= 8


def test_list_prints_the_registries():
    done = tts_demo("list", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"regularizers", "models", "losses", "optimizers", "corpora"}
    strength = found["regularizers"]["l2"]["settings"]["strength"]
    assert (strength["default"], strength["minimum"], strength["maximum"], strength["scale"]) == (3e-4, 0, 0.01, "log")
    assert found["models"]["hmm"]["gradients"] is False
    assert found["corpora"]["asterisk"]["splits"]["test"] >= 40
    plain = tts_demo("list")
    assert "max_norm" in plain.stdout and "Cross-entropy" in plain.stdout


def test_settings_of_a_model_hold_for_the_model_that_was_named(tmp_path):
    named = ["--model", "cnn", "--set", "model.units=16"]
    done = tts_demo("train", "--corpus", "tiny", "--updates", "1", *named, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert runs.load(tmp_path / "run").config.model == choose("model", "cnn", units=16)


@pytest.mark.parametrize(
    ("config", "options", "expected"),
    [
        ({}, ["--regularizer", "l2", "--set", "l2.strength=0.001"], {"strength": 0.001}),
        ({}, ["--regularizer", "elastic_net", "--set", "elastic_net.squared_share=2"], {"squared_share": 2}),
        ({"name": "elastic_net", "squared_share": 3}, ["--set", "elastic_net.strength=0.3"], {"squared_share": 3}),
        ({"name": "elastic_net", "squared_share": 3}, ["--regularizer", "elastic_net", "--strength", "0.1"],
         {"squared_share": 3, "strength": 0.1}),
    ],
)  # fmt: skip
def test_settings_of_a_regularizer_hold_for_the_one_that_was_named(config, options, expected, tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"corpus": "tiny", "updates": 1, "regularizers": [config] if config else []}))
    done = tts_demo("train", "--config", file, *options, "--set", "model.units=16", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    (chosen,) = runs.load(tmp_path / "run").config.to_mapping()["regularizers"]
    assert chosen | expected == chosen

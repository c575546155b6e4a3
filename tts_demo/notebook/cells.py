"""What stands in which cell of the notebook: words, code of this program, and the run's own numbers."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType

from tts_demo import batches, labels, losses, optimizers, sites, states
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.config import RunConfig
from tts_demo.corpus import Credits
from tts_demo.gradient_training import BATCH_FRAMES, EVALUATE_EVERY
from tts_demo.losses import LOSSES
from tts_demo.messages import Message
from tts_demo.models import MODELS
from tts_demo.models.base import SLOPES_SHARE
from tts_demo.notebook import plain_network, plain_regularizers, plain_training
from tts_demo.notebook.scripts import DRAWING, FILES, IMPORTS, LOOP
from tts_demo.notebook.source import Piece, pieces
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS, hard
from tts_demo.settings import Choice

DATA, WEIGHTS = "data.npz", "weights.safetensors"  # beside the notebook
PACKAGES = "torch numpy safetensors matplotlib"
MOST_UPDATES = 1000  # of the training anew, unless somebody asks for more
Say = Callable[[Message], str]


@dataclass(frozen=True)
class Told:
    """What the notebook tells of its run.

    `regularizers` are in the order in which they act, `at_the_end` the same with the strengths that led to the weights;
    `changes` says what was changed while the run went on: update -> name -> strength.
    """

    label: Message
    config: RunConfig
    credits: Credits
    regularizers: Sequence[Choice]
    at_the_end: Sequence[Choice]
    changes: dict[int, dict[str, float]]
    inputs: int  # numbers that are told of a phone
    updates: int  # where the recorded curve ends
    frames: int  # of all training speech of the run
    watched: int  # training sentences whose loss is measured
    sentences: int  # training sentences of the run
    bundled: int  # of these, how many are beside the notebook
    validation_loss: float  # of the run's weights on the bundled validation sentences


@dataclass(frozen=True)
class Cell:
    """A cell: Markdown, or code."""

    kind: str  # "markdown" or "code", as in the notebook's format
    source: str


def cells(told: Told, say: Say = str) -> list[Cell]:
    """All cells of a run's notebook; `say` tells a message in the reader's language. Code and comments are English."""
    return _Writer(told, say).cells


class _Writer:
    """Writes one cell after the other, and knows what is defined already."""

    def __init__(self, told: Told, say: Say) -> None:
        self.told, self.say = told, say
        self.cells: list[Cell] = []
        self._known: set[str] = set()
        self._begin()
        self._data()
        self._network()
        self._loss()
        self._regularizers()
        self._weights()
        self._training()
        self._curves()

    # ---- what cells are made of

    def _words(self, *parts: Message | str) -> None:
        """A Markdown cell of paragraphs; what is no message is the same in each language."""
        texts = [part if isinstance(part, str) else self.say(part) for part in parts]
        self.cells.append(Cell("markdown", "\n\n".join(text for text in texts if text)))

    def _headed(self, heading: Message, *parts: Message | str) -> None:
        self._words(f"## {self.say(heading)}", *parts)

    def _code(self, *parts: str) -> None:
        self.cells.append(Cell("code", "\n\n\n".join(part for part in parts if part)))

    def _taken(self, module: ModuleType, names: Iterable[str]) -> str:
        """Code of this program that is not in the notebook yet."""
        return _joined(self._pieces(module, names))

    def _pieces(self, module: ModuleType, names: Iterable[str]) -> list[Piece]:
        found = pieces(module, names, self._known)
        self._known.update(piece.name for piece in found)
        return found

    # ---- the cells

    def _begin(self) -> None:
        told, credits = self.told, self.told.credits
        settings = " · ".join(self.say(one) for one in labels.settings_of(told.config).values())
        self._words(
            f"# {self.say(Message('Hear Overfitting'))}: {self.say(told.label)}",
            settings,
            Message(
                "This notebook stands on its own. Its two files, {data} and {weights}, must lie beside it; where it is "
                "opened on another computer, upload them there, too. It needs Python with these packages: {packages}.",
                data=f"`{DATA}`", weights=f"`{WEIGHTS}`", packages=f"`{PACKAGES}`",
            ),
            Message(
                "Speech, features and weights come from recordings of {speaker} for {source} and are under the licence "
                "{licence} ({address}); the code is under the Apache License 2.0. Both licences and the credits lie "
                "beside the notebook.",
                speaker=credits.speaker, source=credits.source, licence=credits.licence,
                address=credits.licence_address,
            ),
        )  # fmt: skip
        self._code(IMPORTS, FILES.format(files=(DATA, WEIGHTS)))

    def _data(self) -> None:
        told = self.told
        less = Message(
            "The run learned from {count} sentences, of which the first {bundled} are here: trained anew, it will "
            "overfit sooner.", count=told.sentences, bundled=told.bundled,
        )  # fmt: skip
        self._headed(Message("The speech"),
            Message(
                "A phone is told to the network by {inputs} numbers: which one it is and of what kind, its neighbours, "
                "how long it lasts. It has five states, which share its frames of 10 ms; a frame has {features} "
                "features: the spectrum, the pitch and whether it is voiced.",
                inputs=told.inputs, features=N_FEATURES,
            ),
            less if told.bundled < told.sentences else "",
        )  # fmt: skip
        constants = f"N_STATES, N_FEATURES, VOICING = {states.N_STATES}, {N_FEATURES}, {VOICING}"
        self._known |= {"N_STATES", "N_FEATURES", "VOICING"}
        self._code(
            constants,
            self._taken(states, ["states_of", "slopes_of"]),
            self._taken(plain_network, ["Example", "Batch", "read", "collate"]),
            'training, validation = read(data, "training"), read(data, "validation")\n'
            'feature_weights = torch.from_numpy(data["feature_weights"])  # what an error of each feature counts\n'
            'print(len(training), "sentences to learn,", len(validation), "to be surprised by")',
        )

    def _network(self) -> None:
        model = MODELS[self.told.config.model.name]
        self._headed(Message("The network"), Message("**{label}.**", label=Message(model.label)),
                    Message(model.sentence))  # fmt: skip
        module, settings = _module_of(model), self.told.config.model.settings.to_mapping()
        given = {name: value for name, value in settings.items() if name != "neighbours"} | {"inputs": self.told.inputs}
        self._code(
            self._taken(plain_network, ["Site", "Loss", "Network"]),
            self._taken(sites, ["StateSite", "state_sites"]) if model.recurrent else "",
            self._taken(module, [model.__name__]),
            f"settings = SimpleNamespace({_arguments(given)})",
        )

    def _loss(self) -> None:
        loss = LOSSES[self.told.config.loss]
        self._headed(Message("The loss"), Message("**{label}.**", label=Message(loss.label)), f"$${loss.formula}$$",
            Message(loss.sentence),
            Message(
                "Here N counts frames, w is the weight of a feature, y is what was recorded and ŷ what is predicted; v "
                "says whether a frame is voiced. Training minimises the error of the features' slopes, too, which the "
                "curves leave out."
            ),
        )  # fmt: skip
        self._code(
            self._taken(losses, [loss.cost.__name__]), f"loss = Loss(outputs={loss.outputs}, cost={loss.cost.__name__})"
        )

    def _regularizers(self) -> None:
        told = self.told
        known = [choice for choice in told.regularizers if _is_written_out(choice)]
        words: list[Message | str] = []
        for choice in told.regularizers or [Choice("none", REGULARIZERS["none"].Settings())]:
            entry = REGULARIZERS[choice.name]
            words += [Message("**{label}.**", label=Message(entry.label)), f"$${entry.formula}$$"]
            words += [Message(part) for part in (entry.symbols, entry.sentence) if part]
            if choice.name != "none" and choice not in known:
                words.append(
                    Message(
                        "{label} is not written out in this notebook: what is trained here is trained without it.",
                        label=Message(entry.label),
                    )
                )  # fmt: skip
        self._headed(Message("The regularizer"), *words)
        self._code(self._taken(plain_regularizers, ["Context", "Regularizer"]))
        classes = [REGULARIZERS[choice.name].__name__ for choice in known]
        lines = [f"    {choice.name!r}: {_made(choice)}," for choice in known]
        own = self._pieces(plain_regularizers, classes)
        needed = frozenset[str]().union(*(piece.reads for piece in own))
        self._code(
            self._taken(sites, needed & {"weights", "units", "state_sites"}),
            self._taken(hard, needed & {"largest"}),
            _joined(own),
            "\n".join(["regularizers = {", *lines, "}"]) if known else "regularizers = {}  # none",
        )

    def _weights(self) -> None:
        acting = [choice for choice in self.told.at_the_end if REGULARIZERS[choice.name].acts_in_evaluation]
        mixing = [f"{_made(choice)}.in_evaluation(model)" for choice in acting if _is_written_out(choice)]
        self._headed(
            Message("The run's own weights"),
            Message(
                "They are loaded and measured on the validation sentences. The program found {loss}.",
                loss=f"{self.told.validation_loss:.6f}",
            ),
        )
        self._known |= {"SLOPES_SHARE"}
        self._code(
            f"SLOPES_SHARE = {SLOPES_SHARE}  # what the error of slopes counts beside that of features",
            self._taken(plain_training, ["mean_loss"]),
            "\n".join(
                [
                    f"model = {self._class}(settings, loss)",
                    f"model.load_state_dict({{name: one.float() for name, one in load_file({WEIGHTS!r}).items()}})",
                    *mixing,
                    "validation_loss = mean_loss(model, validation, loss, feature_weights)",
                    'print(f"validation loss of the run\'s weights: {validation_loss:.6f}")',
                ]
            ),
        )

    def _training(self) -> None:
        told, config = self.told, self.told.config
        make = OPTIMIZERS[config.optimizer].make.__name__
        self._headed(
            Message("Train it again"),
            Message("From the run's own first weights. Change a strength above, run all cells below, and compare."),
        )
        self._code(
            self._taken(batches, ["epoch"]),
            self._taken(plain_training, ["slopes_cost", "update", "endless"]),
            self._taken(optimizers, [make]),
        )
        self._code(
            LOOP.format(
                updates=min(told.updates, MOST_UPDATES), recorded=told.updates, seed=config.seed, changes=told.changes,
                rate=config.rate, total=config.updates, frames=told.frames, model=self._class, optimizer=make,
                batch_frames=BATCH_FRAMES, every=EVALUATE_EVERY, watched=told.watched,
            )
        )  # fmt: skip

    def _curves(self) -> None:
        self._headed(
            Message("Both curves"),
            Message(
                "Solid: as it was recorded. Dashed: as it was trained here; noise is drawn anew, so it may depart. "
                "Where the validation loss rises while the training loss still falls, the network overfits."
            ),
        )
        self._code(DRAWING)

    @property
    def _class(self) -> str:
        return MODELS[self.told.config.model.name].__name__


def _module_of(entry: type) -> ModuleType:
    return sys.modules[entry.__module__]


def _is_written_out(choice: Choice) -> bool:
    return hasattr(plain_regularizers, REGULARIZERS[choice.name].__name__)


def _joined(found: Sequence[Piece]) -> str:
    """Constants first, a line each; two empty lines between all else."""
    lines = "\n".join(piece.code for piece in found if "\n" not in piece.code)
    return "\n\n\n".join([*([lines] if lines else []), *(piece.code for piece in found if "\n" in piece.code)])


def _made(choice: Choice) -> str:
    """Code that makes a regularizer with its settings."""
    return f"{REGULARIZERS[choice.name].__name__}({_arguments(choice.settings.to_mapping())})"


def _arguments(values: dict) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())

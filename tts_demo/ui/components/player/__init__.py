"""The listening player: the same sentence by several voices, on one playhead."""

from tts_demo.ui.components.player.component import (
    Clip,
    Player,
    PlayerValue,
    Sentence,
    chosen_moment,
    data_url,
    wav_data_url,
)

__all__ = ["Clip", "Player", "PlayerValue", "Sentence", "chosen_moment", "data_url", "wav_data_url"]

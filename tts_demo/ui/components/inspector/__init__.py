"""Inside the model at one snapshot: its weights, what it looks at, and what it predicts beside the recording."""

from tts_demo.ui.components.inspector.component import Inspector, InspectorValue, Layer, inspector_value, layers

__all__ = ["Inspector", "InspectorValue", "Layer", "inspector_value", "layers"]

"""The strength curve: losses of one run at many strengths or sizes."""

from tts_demo.ui.components.strength_curve.component import (
    NO_CURVE,
    CurvePoint,
    PointState,
    StrengthCurve,
    StrengthCurveValue,
    picked,
)

__all__ = ["NO_CURVE", "CurvePoint", "PointState", "StrengthCurve", "StrengthCurveValue", "picked"]

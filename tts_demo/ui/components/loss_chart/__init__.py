"""The loss chart: training and validation loss of up to six runs, drawn while they train, and saved as files."""

from tts_demo.ui.components.loss_chart.component import ChartRun, ChartValue, LossChart, encode_rows

__all__ = ["ChartRun", "ChartValue", "LossChart", "encode_rows"]

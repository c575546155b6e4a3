"""Record the strength curves that the page shows: `python benchmarks/record_curves.py` makes checkpoints/curves/ anew.

Runs go to `--cache`; what is there already is not trained again, so that this can be stopped and called again. It takes
some fifteen minutes on two cores that do nothing else.
"""

import argparse
import sys
from pathlib import Path

import project

from tts_demo import recorded_curves, sweep_recording, sweeps

ROOT = Path(project.__file__).resolve().parent.parent


def main() -> int:
    """Record; returns 0, or 2 where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "checkpoints" / "curves", help="where the curves go")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "curves", help="where their runs go")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these regularizers or sizes (all)")
    parser.add_argument("--workers", type=int, default=2, help="runs at once (2)")
    options = parser.parse_args()
    try:
        for name in options.only or recorded_curves.names():
            sweep = recorded_curves.plan(name)
            print(f"{name}: {len(sweep.values)} points", file=sys.stderr)
            points = sweep_recording.record(
                sweep, options.cache / name, options.workers, lambda line: print(f"  {line}", file=sys.stderr)
            )
            options.folder.mkdir(parents=True, exist_ok=True)
            sweep_recording.write(sweep, points, options.folder / f"{name}.json")
            _print(name, recorded_curves.RecordedCurve(sweep, points))
    except (ValueError, OSError) as error:
        print(f"record_curves: {error}", file=sys.stderr)
        return 2
    return 0


def _print(name: str, curve: recorded_curves.RecordedCurve) -> None:
    """Where validation loss is least, and by how much it is above that at both ends."""
    best, ends = sweeps.best_of(curve.points), recorded_curves.rises(curve)
    assert best is not None
    print(f"{name:20} least {best.validation_loss:.3f} at {best.value:g}, ends {ends[0]:+.0%} {ends[1]:+.0%}")


if __name__ == "__main__":
    sys.exit(main())

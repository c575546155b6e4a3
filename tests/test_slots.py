"""How many runs go on at once: what a container is limited to counts, and nothing that cannot be read."""

import pytest

from tts_demo.engine import slots


def test_a_containers_limits_count(tmp_path, monkeypatch):
    monkeypatch.setattr(slots, "CGROUP", str(tmp_path))
    whole = slots.usable_cores(), slots.usable_memory()
    assert whole[0] >= 1
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("500000000\n")
    assert (slots.usable_cores(), slots.usable_memory()) == (0.5, 500_000_000)
    assert slots.slots() == 1
    for nothing in ("max 100000\n", "", "\xff"):
        (tmp_path / "cpu.max").write_text(nothing)
        (tmp_path / "memory.max").write_text(nothing)
        assert (slots.usable_cores(), slots.usable_memory()) == whole


@pytest.mark.parametrize(("cores", "gigabytes", "runs"), [(1, 8, 2), (2, 1.3, 2), (4, 8, 3), (16, 2, 4), (4, 0.5, 1)])
def test_cores_and_memory_say_how_many(cores, gigabytes, runs):
    assert slots.slots(cores, gigabytes * 1e9) == runs

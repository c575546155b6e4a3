"""Every component in a page without gradio: it takes values, gives events, and leaves nothing behind."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import components_app, inside_app, runs_table_app
from tests.test_components_architecture import FOLDERS
from tts_demo.ui.components.loss_chart import LossChart
from tts_demo.ui.components.runs_table import RunsTable

CURVE = {
    "label": "L2: Strength λ",
    "scale": "log",
    "reversed": False,
    "points": [
        {"run": "a", "value": 0.001, "shown": "0.001", "state": "over", "training": 0.3, "validation": 0.7,
         "missed": None, "region": "overfitting", "best": False, "colour": None},
        {"run": "b", "value": 0.01, "shown": "0.01", "state": "over", "training": 0.5, "validation": 0.6,
         "missed": None, "region": "best", "best": True, "colour": 1},
        {"run": "c", "value": 0.1, "shown": "0.1", "state": "queued", "training": None, "validation": None,
         "missed": None, "region": None, "best": False, "colour": None},
    ],
}  # fmt: skip
# A value of each, and a text that it then shows; "" for what cannot be seen.
VALUES: dict[str, tuple[Any, str]] = {
    "blind_test": ({"view": "choose", "offers": []}, "Can you hear the difference"),
    "class_link": (
        {"number": 0, "code": "7MPQ3RX4", "link": "http://localhost/?class=7MPQ3RX4", "qr": "", "results": "/"},
        "7MPQ3RX4",
    ),
    "class_pupil": ({"view": "ask", "trials": 5}, "One trial to practise, then 5 that count"),
    "class_results": (
        {
            "view": "open",
            "code": "7MPQ3RX4",
            "trials": 5,
            "names": ["a", "b"],
            "until": "2026-12-24",
            "lasting": False,
            "began": 9,
            "finished": 7,
            "answers": 40,
        },
        "Finished: 7 · under way: 2",
    ),
    "inspector": (inside_app.value(), "after 20 updates"),
    "course": (
        {"steps": [{"id": "gap", "title": "The gap", "text": [], "tasks": [], "question": "?", "answers": []}]},
        "Close the course",
    ),
    "kept_runs": ({"runs": [["id", "L2", 0, "", "seed=1"]], "deleted": []}, ""),
    "lesson": (None, "There is no recorded lesson here."),
    "loss_chart": (LossChart(render=False).postprocess(components_app.chart_value(3)), "No regularizer"),
    "player": (components_app.second_value(), "Weasels."),
    "run_status": (None, ""),
    "share": ({"number": 0, "link": "http://localhost/?lab", "qr": "", "frame": ""}, "Share"),
    "strength_curve": (CURVE, "About as good as the best"),
    "runs_table": (RunsTable(render=False).postprocess(runs_table_app.value()), "Use these settings"),
}
MOUNT = """async ([folder, value]) => {
    const count = { frames: 0, observers: 0, listeners: 0 };
    window.counted = count;
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (step) => ask((now) => { count.frames += 1; step(now); });
    for (const target of [window, document]) {
        const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
        target.addEventListener = (...given) => { count.listeners += given[2]?.once ? 0 : 1; add(...given); };
        target.removeEventListener = (...given) => { count.listeners -= 1; remove(...given); };
    }
    const { default: component } = await import(`/${folder}/index.js`);
    const element = document.body.appendChild(document.createElement("main"));
    const settings = { storage: "kept", most: 6, live: "/live/en" };
    window.shown = component.render({ element, value: null, settings, emit: (...event) => console.log(event) });
    window.shown.update(value);
    return element.innerText;
}"""


def test_every_component_is_tried() -> None:
    assert sorted(VALUES) == [folder.name for folder in FOLDERS]


@pytest.mark.browser
@pytest.mark.parametrize("folder", sorted(VALUES))
def test_a_component_stands_without_gradio(module_page: Page, folder: str) -> None:
    errors: list[str] = []
    module_page.on("pageerror", lambda error: errors.append(str(error)))
    value, text = VALUES[folder]
    module_page.evaluate(MOUNT, [folder, value])
    expect(module_page.locator("main")).to_contain_text(text)
    assert module_page.evaluate("typeof window.gradio_config") == "undefined"
    module_page.evaluate("window.shown.destroy()")
    before = module_page.evaluate("new Promise((done) => setTimeout(() => done({ ...window.counted }), 50))")
    module_page.evaluate("document.documentElement.classList.toggle('dark')")
    module_page.set_viewport_size({"width": 700, "height": 500})
    after = module_page.evaluate("new Promise((done) => setTimeout(() => done({ ...window.counted }), 100))")
    assert after["frames"] == before["frames"], "it draws, though it is gone"
    assert after["listeners"] <= 0, "it listens, though it is gone"
    assert errors == []

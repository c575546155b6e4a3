// The recorded page without a server: fetches what export.py has written and shows it in the page's own components.

import courseOf from "../components/course/index.js";
import lessonOf from "../components/lesson/index.js";
import { lab, part } from "./lab.js";

const root = new URL("../../../", import.meta.url);
const page = document.documentElement;
/** @type {Map<string, Promise<any>>} */
const known = new Map();

/** A file of the site's data, fetched once, and again after a failure. @param {string} name */
function json(name) {
  let coming = known.get(name);
  if (!coming) {
    coming = fetch(new URL(`data/${name}.json`, root)).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${name}`);
      return answer.json();
    });
    known.set(name, coming);
    coming.catch(() => known.delete(name));
  }
  return coming;
}

const theme = matchMedia("(prefers-color-scheme: dark)");
const dress = () => page.classList.toggle("dark", theme.matches);
theme.addEventListener("change", dress);
dress();

// ---- the lab is a step in the browser's history, and `lab` in the address says who is there
const asks = (/** @type {string} */ name) => new URLSearchParams(location.search).has(name);
const inLab = () => ["lab", "course", "challenge"].some(asks);
const show = () => page.classList.toggle("hear-lab", inLab());

function go(/** @type {boolean} */ toLab) {
  if (toLab !== inLab()) {
    history.pushState(null, "", toLab ? "?lab" : location.pathname);
    show();
    window.scrollTo(0, 0);
  } else show();
}
show();
window.addEventListener("popstate", show);
part("languages").addEventListener("click", (/** @type {MouseEvent} */ event) => {
  if (event.target instanceof HTMLAnchorElement) event.target.search = location.search; // what the address says goes along
});
part("again").addEventListener("click", () => go(false));

try {
  const [told, recorded] = await Promise.all([json(page.lang), json("lesson")]);
  const fail = (/** @type {unknown} */ error) => {
    part("problem").textContent = told.texts.failed;
    console.warn(error);
  };
  lessonOf.render({
    element: part("lesson"),
    value: { ...recorded, regularizer: { label: told.remedy } },
    words: told.words.lesson,
    emit: () => go(true),
  });
  const shown = lab(told, { root, json, fail });
  courseOf.render({
    element: part("course"),
    value: told.course,
    words: told.words.course,
    emit: (_, data) => shown.setUp(/** @type {{ step: string }} */ (data)),
  });
  part("enrol").addEventListener("click", () => {
    go(true);
    window.dispatchEvent(new CustomEvent("hear-course"));
  });
  part("course").addEventListener("click", () => {
    // "Show me where" leads into sections that may have been closed
    const closed = document.querySelector(".hear-pointed")?.closest("details:not([open])");
    if (!(closed instanceof HTMLDetailsElement)) return;
    closed.open = true;
    closed.scrollIntoView({ block: "center" });
  });
  await shown.ready;
  if (asks("challenge")) {
    part("blind-section").open = true;
    await shown.begin({ offer: "abx5" });
    part("blind-section").scrollIntoView();
  }
} catch (error) {
  part("problem").textContent = "This page could not be loaded. Please reload it. 页面未能加载，请重新加载。";
  console.error(error);
}
page.dataset.ready = "true";

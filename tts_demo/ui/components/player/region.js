// Marking a part of the waveform to loop: by dragging over it, by Shift and the arrow keys, by buttons.

const REGION = {
  least: 0.06, // seconds; a shorter part would be a buzz
  step: 0.1, // seconds that Shift and an arrow key move an end
  drag: 5, // pixels; a hand that moves less has clicked
};

/** The part between two moments of a round of `seconds`, {from, to} in seconds; null where it is too short. */
function regionBetween(one, other, seconds) {
  const from = Math.max(0, Math.min(one, other));
  const to = Math.min(seconds, Math.max(one, other));
  return to - from >= REGION.least ? { from, to } : null;
}

/**
 * The controls of the part. `player` has seconds(), position(), region(), setRegion(region or null), seek(seconds,
 * byHand), preview(position or null, region or null): what is shown while a pointer is down.
 * Returns {node, key(event), show(), forget()}: the buttons, a handler of keys (true where the key was its own), the
 * texts anew, and an end to marking by keys.
 */
function regionControls(canvas, words, player) {
  const button = (name) => make("button", { type: "button", class: `hear-plain hear-${name}` }, words(name));
  const [fromHere, toHere, clear] = ["regionFrom", "regionTo", "regionClear"].map(button);
  const text = make("span", { class: "hear-region-text hear-number" });
  const node = make("div", { class: "hear-region", role: "group", "aria-label": words("regionTools") },
    fromHere, toHere, clear, text);
  let ends = null; // of the part that Shift and the arrow keys are marking: one stands, one moves

  function show() {
    const region = player.region();
    clear.hidden = !region;
    setText(text, region ? words("region", { from: region.from.toFixed(2), to: region.to.toFixed(2) }) : "");
    text.hidden = !region;
  }

  function set(region) {
    ends = null;
    player.setRegion(region);
  }

  fromHere.addEventListener("click", () => {
    const [seconds, region] = [player.seconds(), player.region()];
    const from = Math.min(player.position(), seconds - REGION.least);
    set(regionBetween(from, region && region.to - from >= REGION.least ? region.to : seconds, seconds));
  });
  toHere.addEventListener("click", () => {
    const [seconds, region] = [player.seconds(), player.region()];
    const to = Math.max(player.position(), REGION.least);
    set(regionBetween(region && to - region.from >= REGION.least ? region.from : 0, to, seconds));
  });
  clear.addEventListener("click", () => {
    set(null);
    fromHere.focus({ preventScroll: true }); // this button hides
  });

  // ---- the pointer
  let press = null; // {x, at, moved}: where it went down, and whether it has moved far enough to mark
  const timeAt = (event) => (event.offsetX / canvas.clientWidth) * player.seconds();
  const inside = (at) => Math.min(Math.max(0, at), player.seconds());
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !player.seconds()) return;
    canvas.setPointerCapture(event.pointerId);
    press = { x: event.offsetX, at: inside(timeAt(event)), moved: false };
    player.preview(press.at, null);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!press) return;
    press.moved ||= Math.abs(event.offsetX - press.x) >= REGION.drag;
    if (press.moved) player.preview(press.at, regionBetween(press.at, inside(timeAt(event)), player.seconds()));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!press) return;
    const { at, moved } = press;
    press = null;
    player.preview(null, null);
    const region = moved ? regionBetween(at, inside(timeAt(event)), player.seconds()) : null;
    if (region) set(region);
    else player.seek(at, true);
  });
  canvas.addEventListener("pointercancel", () => {
    press = null;
    player.preview(null, null);
  });

  // ---- keys
  function key(event) {
    if (event.key === "Escape" && player.region()) {
      set(null);
      return true;
    }
    if (!event.shiftKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return false;
    if (!ends) {
      const region = player.region();
      const here = player.position();
      ends = region ? { stands: region.from, moves: region.to } : { stands: here, moves: here };
    }
    ends.moves = inside(ends.moves + (event.key === "ArrowLeft" ? -REGION.step : REGION.step));
    player.setRegion(regionBetween(ends.stands, ends.moves, player.seconds()));
    return true;
  }

  return { node, key, show, forget: () => { ends = null; } };
}

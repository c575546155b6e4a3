"""A device whose audio clock stands still, as an iPhone's may after a lock or a call.

Chromium's own audio goes on beneath: only what a page sees of the clock, of the state and of `resume()` is as there.
"""

from playwright.sync_api import Page

# window.clocks.still(index) says which contexts stand still, counted from 0 in the order in which they were made.
FROZEN = """
window.clocks = { made: [], nodes: [], still: () => false, states: new Map() };
const number = (context) => window.clocks.made.indexOf(context);
window.AudioContext = class extends AudioContext {
  constructor(...options) {
    super(...options);
    window.clocks.made.push(this);
  }
  get currentTime() {
    const now = super.currentTime;
    if (!window.clocks.still(number(this))) this.stoodAt = undefined;
    else this.stoodAt ??= now;
    return this.stoodAt ?? now;
  }
  get state() {
    const state = super.state;
    if (state === "closed") return state;
    return window.clocks.states.get(number(this)) ?? (window.clocks.still(number(this)) ? "running" : state);
  }
  resume() {
    const interrupted = window.clocks.states.has(number(this));
    if (interrupted) return Promise.reject(new DOMException("interrupted", "InvalidStateError"));
    return super.resume();
  }
};
const plain = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...moment) {
  window.clocks.nodes.push(number(this.context));
  return plain.apply(this, moment);
};
"""
FIRST = FROZEN + "window.clocks.still = (index) => index === 0;"
EVERY = FROZEN + "window.clocks.still = () => true;"
NONE = FROZEN


def freeze(page: Page, up_to: int) -> None:
    """Let the contexts before this number stand still, and no others."""
    page.evaluate("(count) => { window.clocks.still = (index) => index < count; }", up_to)


def interrupt(page: Page) -> None:
    """What a call does to the contexts there are: another state, and a clock that stands."""
    page.evaluate(
        """() => {
            const count = window.clocks.made.length;
            window.clocks.still = (index) => index < count;
            window.clocks.made.forEach((context, index) => {
                window.clocks.states.set(index, "interrupted");
                context.dispatchEvent(new Event("statechange"));
            });
        }"""
    )


def sounded_last_on(page: Page) -> int:
    """The context on which something was last started; all earlier ones are closed."""
    page.wait_for_function("window.clocks.made.slice(0, -1).every((context) => context.state === 'closed')")
    last, made = page.evaluate("[window.clocks.nodes.at(-1), window.clocks.made.length]")
    assert last == made - 1
    return last

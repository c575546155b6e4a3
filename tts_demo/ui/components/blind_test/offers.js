// The tests that can be chosen.

import { make } from "../shared/dom.js";
import { share } from "./figures.js";

/** @typedef {import("../shared/words.js").Words} Words */

/**
 * @typedef {object} Offer
 * @property {string} id
 * @property {string} label
 * @property {"abx" | "ab"} kind
 * @property {number} trials
 * @property {number | null} needed - right answers that show something; null where no number would do
 * @property {number} power - how often someone who is right 75 % of the time gets there, from 0 to 1
 */

/**
 * @typedef {object} ChooseValue
 * @property {"choose"} view
 * @property {Offer[]} offers
 * @property {[string, string]} [names] - the two voices
 * @property {string} [alert]
 */

/**
 * @param {Offer} offer
 * @param {Words} words
 * @param {(offer: string) => void} begin
 */
function offerButton({ id, label, kind, needed, trials, power }, words, begin) {
  const key = needed === null ? "passesNone" : kind === "abx" ? "passesAbx" : "passesAb";
  const button = make(
    "button",
    { type: "button", class: "hear-blind-offer" },
    make("span", { class: "hear-blind-offer-label" }, label),
    make("span", { class: "hear-muted" }, words(key, { needed, trials, power: share(power) })),
  );
  button.addEventListener("click", () => begin(id));
  return button;
}

/**
 * The offers' elements.
 *
 * @param {ChooseValue} value
 * @param {Words} words
 * @param {(offer: string) => void} begin
 */
export function offersOf({ offers, names }, words, begin) {
  const between = names ? words("between", { first: names[0], second: names[1] }) : "";
  return [
    make("h3", { class: "hear-title" }, words("title")),
    make("p", { class: "hear-muted" }, words("choose")),
    ...(between ? [make("p", { class: "hear-blind-between" }, between)] : []),
    make("div", { class: "hear-blind-offers" }, ...offers.map((offer) => offerButton(offer, words, begin))),
  ];
}

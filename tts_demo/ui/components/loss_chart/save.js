// The files that the Save menu makes; the PDF is drawn by the server.

import { themeOf } from "../shared/canvas.js";
import { saveFile } from "../shared/download.js";
import { figurePng, figureSvg } from "./figure.js";
import { lossTable } from "./table.js";

/** @typedef {import("./data.js").Run} Run */

/** An error whose message is a sentence for people, in their language. */
export class Told extends Error {}

/**
 * The file of a kind.
 *
 * @param {string} kind - png, svg, csv or pdf
 * @param {{ runs: Run[], shown: Run[], log: boolean, description: string }} chart - its runs, and those that are drawn
 * @param {Element} root - whose theme counts
 * @param {import("../shared/words.js").Words} words
 * @param {string | undefined} address - of the server's figures
 * @returns {Promise<Blob>} rejects where it cannot be made
 */
async function fileOf(kind, { runs, shown, log, description }, root, words, address) {
  const model = { runs: shown, log, cursor: null };
  if (kind === "csv") return new Blob([lossTable(runs)], { type: "text/csv;charset=utf-8" });
  if (kind === "png") return figurePng(model, themeOf(root), words);
  if (kind === "svg") {
    return new Blob([figureSvg(model, themeOf(root), words, description)], { type: "image/svg+xml" });
  }
  const query = new URLSearchParams(
    shown.flatMap((run) => [
      ["run", run.id],
      ["colour", String(run.colour)],
    ]),
  );
  const answer = await fetch(`${address}?${query}`, { cache: "no-store" });
  if (!answer.ok) throw new Told(answer.status === 400 ? await answer.text() : words("failedSave"));
  return answer.blob();
}

/**
 * Make a file and hand it to the person.
 *
 * @param {Parameters<typeof fileOf>} wanted
 * @returns {Promise<string>} its name
 */
export async function save(...wanted) {
  const [kind, , , words] = wanted;
  const name = `${words("file")}.${kind}`;
  saveFile(await fileOf(...wanted), name);
  return name;
}

// Tables as text (RFC 4180), as spreadsheets like them. The same rule as in Python: see tts_demo/tables.py.

/**
 * A text as one field. What a spreadsheet would take for a formula gets an apostrophe in front, full-width signs
 * included: some spreadsheets take those too.
 *
 * @param {string} text
 */
export function csvText(text) {
  const safe = /^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A whole file: the mark in front tells spreadsheets that this is UTF-8.
 *
 * @param {string[][]} rows - fields, already as `csvText` or a number makes them
 */
export function csvFile(rows) {
  return `\ufeff${rows.map((row) => row.join(",")).join("\r\n")}\r\n`;
}

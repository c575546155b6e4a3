// How a test's figures are written.

/** @param {number} value - from 0 to 1 */
export const share = (value) => `${Math.round(100 * value)} %`;

/** @param {number} p */
export const pValue = (p) => (p < 0.001 ? "< 0.001" : `= ${p.toPrecision(2)}`);

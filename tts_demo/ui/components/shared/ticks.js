// Numbers for axes.

/**
 * Ticks at 1, 2 or 5 times a power of ten, about `count` of them, within [low, high].
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @returns {{ ticks: number[], step: number }}
 */
export function linearTicks(low, high, count) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= count) ?? span;
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    ticks.push(index * step);
  }
  return { ticks, step };
}

/**
 * A tick's or a read-out's number with as many decimals as `step` can tell apart.
 *
 * @param {number} value
 * @param {number} step
 */
export function formatNumber(value, step) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(1);
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step || 1) + 1e-9)));
  return value.toFixed(decimals);
}

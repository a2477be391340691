// The look of a series by its place: a scenario keeps the one of its place in the plan on every chart and table.

export const SERIES = 8;
const DASHES = /** @type {(number[] | undefined)[]} */ ([undefined, [5, 3], [1.5, 2.5]]);

/**
 * The same rule as the macro `series` in ui.html: after the last hue the first one again, broken otherwise.
 * @param {number} place from 0
 */
export function seriesLook(place) {
  return {
    color: `--series-${(place % SERIES) + 1}`,
    dash: DASHES[Math.floor(place / SERIES) % DASHES.length],
  };
}

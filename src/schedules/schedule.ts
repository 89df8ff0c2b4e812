/** A pure function of t, the number of completed steps, from 0. The library's schedules throw a TypeError or RangeError for another t. */
export type Schedule = (t: number) => number;

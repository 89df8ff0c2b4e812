/** A pure function of the number of completed steps, 0 first. Those of the library throw a RangeError for anything else. */
export type Schedule = (t: number) => number;

/** Milliseconds after which a test, or a program that it started, counts as hanging: many times what any of them takes on a busy machine. */
export const patience = 600_000;

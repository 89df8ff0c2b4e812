/** Milliseconds after which a test or its program hangs: many times what any of them takes on a busy machine. */
export const patience = 600_000;

/** Milliseconds after which a test or its child process hangs: many times the longest one on a busy machine. */
export const patience = 600_000;

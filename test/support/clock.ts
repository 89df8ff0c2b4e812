// A clock that a test moves in place of the machine's, so that it does not matter how fast the machine is.
import { onTestFinished, vi } from "vitest";

/** Ten minutes, after which whatever waits for something to happen is told that nothing does. */
const most = 600_000;

/**
 * What `performance.now()` returns until the test ends. Each look at it moves it by `tick` milliseconds, and `onLook` gets the new time.
 * A look after ten minutes throws.
 */
export function useClock(tick = 0, onLook = (_: number): void => {}): { now: number } {
  const clock = { now: 0 };
  const look = vi.spyOn(performance, "now").mockImplementation(() => {
    clock.now += tick;
    if (clock.now > most) throw new Error("ten minutes have passed");
    onLook(clock.now);
    return clock.now;
  });
  onTestFinished(() => look.mockRestore());
  return clock;
}

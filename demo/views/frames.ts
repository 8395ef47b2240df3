// When drawings are made: in animation frames, each at most once a frame, and never so many that a frame takes long.

/** What draws from the present state; told apart by identity. */
export type Drawer = () => void;

export interface Frames {
  /** Draws them soon, in this order; one that already waits keeps its place. */
  readonly ask: (drawers: readonly Drawer[]) => void;
  readonly stop: () => void;
}

/** Milliseconds after which the rest waits for the next frame. */
const BUDGET = 8;

export function createFrames(): Frames {
  const waiting = new Set<Drawer>();
  let frame = 0;

  function work(): void {
    frame = 0;
    const start = performance.now();
    for (const drawer of waiting) {
      waiting.delete(drawer);
      drawer();
      if (performance.now() - start > BUDGET) break;
    }
    if (waiting.size > 0) frame = requestAnimationFrame(work);
  }

  return {
    ask(drawers) {
      for (const drawer of drawers) waiting.add(drawer);
      if (waiting.size > 0) frame ||= requestAnimationFrame(work);
    },
    stop() {
      waiting.clear();
      cancelAnimationFrame(frame);
    },
  };
}

// What training passes before each submit, and a clock that stops while it is shut.

export interface Gate {
  /** Undefined while it is open; else it resolves when it opens. */
  readonly pass: () => Promise<void> | undefined;
  readonly shut: () => void;
  readonly open: () => void;
  /** Milliseconds during which it was open, from any point in time. */
  readonly clock: () => number;
}

export function createGate(): Gate {
  let shut: { readonly since: number; readonly until: Promise<void>; readonly open: () => void } | null = null;
  let lost = 0;
  return {
    pass: () => shut?.until,
    shut() {
      if (shut) return;
      let open = () => {};
      const until = new Promise<void>((resolve) => {
        open = resolve;
      });
      shut = { since: performance.now(), until, open };
    },
    open() {
      if (!shut) return;
      lost += performance.now() - shut.since;
      shut.open();
      shut = null;
    },
    clock: () => (shut?.since ?? performance.now()) - lost,
  };
}

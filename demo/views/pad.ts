// A square on which strokes are drawn: with mouse, touch and pen, or with keys. It paints nothing itself.
import type { Point, Stroke } from './ink.ts';

export interface Pad {
  /** Where keys draw; null while they do not. */
  readonly cursor: () => Point | null;
  readonly clear: () => void;
  readonly destroy: () => void;
}

export interface PadOptions {
  /** Strokes or cursor have changed. */
  readonly onChange: (strokes: readonly Stroke[]) => void;
  /** Keys have put the pen down, or lifted it. */
  readonly onPen: (down: boolean) => void;
}

/** Of the pad's side. */
const STEP = 1 / 20;
const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};
const MIDDLE: Point = { x: 0.5, y: 0.5 };

export function createPad(surface: HTMLElement, { onChange, onPen }: PadOptions): Pad {
  let strokes: Point[][] = [];
  let pointer: number | null = null;
  let cursor = MIDDLE;
  let keys = false;
  let penDown = false;

  surface.tabIndex = 0;
  surface.setAttribute('role', 'application'); // so that screen readers pass the arrow keys on
  surface.ariaLabel = 'Drawing pad';

  const inside = (value: number) => Math.min(1, Math.max(0, value));
  const tell = () => onChange(strokes);
  const extend = (point: Point) => strokes.at(-1)?.push(point);

  function add({ clientX, clientY }: PointerEvent): void {
    const { left, top, width, height } = surface.getBoundingClientRect();
    const point = { x: inside((clientX - left) / width), y: inside((clientY - top) / height) };
    const before = strokes.at(-1)?.at(-1);
    // A hand at rest sends many events from one place.
    if (!before || Math.hypot(point.x - before.x, point.y - before.y) > 0.005) extend(point);
  }

  function lift(): void {
    if (penDown) onPen(false);
    penDown = false;
  }

  function turnPen(): void {
    if (penDown) lift();
    else {
      penDown = true;
      strokes.push([cursor]);
      onPen(true);
    }
  }

  function down(event: PointerEvent): void {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault(); // no focus ring, no selection, no mouse events after a touch
    surface.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    keys = false;
    lift();
    strokes.push([]);
    add(event);
    tell();
  }
  function move(event: PointerEvent): void {
    if (event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents();
    for (const each of all.length > 0 ? all : [event]) add(each);
    tell();
  }
  function up(event: PointerEvent): void {
    if (event.pointerId === pointer) pointer = null;
  }

  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = moves[event.key];
    if (by) {
      cursor = { x: inside(cursor.x + by[0]), y: inside(cursor.y + by[1]) };
      if (penDown) extend(cursor);
    } else if (event.key === ' ' || event.key === 'Enter') {
      // A key that is held repeats.
      if (!event.repeat) turnPen();
    } else if (event.key === 'Delete' || event.key === 'Backspace') clear();
    else return;
    event.preventDefault();
    keys = true;
    tell();
  }
  const focus = () => {
    keys = surface.matches(':focus-visible');
    tell();
  };
  const blur = () => {
    keys = false;
    lift();
    tell();
  };

  function clear(): void {
    strokes = [];
    cursor = MIDDLE;
    tell();
    lift();
  }

  const listening = new AbortController();
  const { signal } = listening;
  surface.addEventListener('pointerdown', down, { signal });
  surface.addEventListener('pointermove', move, { signal });
  surface.addEventListener('pointerup', up, { signal });
  surface.addEventListener('pointercancel', up, { signal });
  surface.addEventListener('keydown', press, { signal });
  surface.addEventListener('focus', focus, { signal });
  surface.addEventListener('blur', blur, { signal });

  return { cursor: () => (keys ? cursor : null), clear, destroy: () => listening.abort() };
}

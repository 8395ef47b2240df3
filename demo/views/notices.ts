// Sentences that are said once and stay until they are dismissed.
import { element } from './elements.ts';

export interface NoticeOptions {
  /** A button's name. It leaves the notice: what it starts may fail. */
  readonly action?: string;
  readonly onAction?: () => void;
  readonly onDismiss?: () => void;
}

export interface Notices {
  /** Returns what takes it away. */
  readonly show: (text: string, options?: NoticeOptions) => () => void;
}

/** `host` is a live region; `next` gives what has the keyboard after a notice that had it. */
export function createNotices(host: HTMLElement, next: () => HTMLElement | null): Notices {
  return {
    show(text, { action, onAction, onDismiss } = {}) {
      const button = (name: string, act?: () => void) => {
        const made = element('button', '', name);
        made.type = 'button';
        made.addEventListener('click', () => act?.());
        return made;
      };
      const sentence = element('span', '', text);
      const notice = element('p', 'notice', sentence);
      if (action) notice.append(button(action, onAction));
      notice.append(
        button('Dismiss', () => {
          onDismiss?.();
          remove();
        }),
      );
      const remove = () => {
        const focused = notice.contains(document.activeElement);
        notice.remove();
        if (focused) next()?.focus();
      };
      host.append(notice);
      return remove;
    },
  };
}

// Sentences that are said once and stay until they are dismissed.
import { element } from './elements.ts';

export interface NoticeOptions {
  /** A button's name. It leaves the notice: what it starts may fail. */
  readonly action?: string;
  readonly onAction?: () => void;
  readonly onDismiss?: () => void;
}

export interface Notices {
  /** What has gone wrong, in place of what it said before; nothing with ''. */
  readonly alert: (text: string) => void;
  /** Returns what takes it away. */
  readonly show: (text: string, options?: NoticeOptions) => () => void;
}

/** They stay in view. `next` gives what has the keyboard after a notice that had it. */
export function createNotices(find: (name: string) => HTMLElement, next: () => HTMLElement | null): Notices {
  const [all, host] = [find('messages'), find('notices')];
  const alert = (text: string) => {
    find('alert').textContent = text;
  };
  find('dismiss').addEventListener('click', () => {
    alert('');
    next()?.focus();
  });
  // What the keyboard goes to, or a link, is not to lie below them.
  new ResizeObserver(() => {
    document.documentElement.style.scrollPaddingTop = `${all.offsetHeight}px`;
  }).observe(all);
  return {
    alert,
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

// Questions to a network in training: at most one is under way, and of those put meanwhile only the last is asked.

/** `tell` hears every answer; of a question that fails, null. */
export function latest<Question, Answer>(
  ask: (question: Question) => Promise<Answer>,
  tell: (answer: Answer | null, question: Question) => void,
): (question: Question) => void {
  let busy = false;
  let next: { readonly question: Question } | null = null;

  async function work(question: Question): Promise<void> {
    busy = true;
    tell(await ask(question).catch(() => null), question);
    busy = false;
    const waiting = next;
    next = null;
    if (waiting) void work(waiting.question);
  }
  return (question) => {
    if (busy) next = { question };
    else void work(question);
  };
}

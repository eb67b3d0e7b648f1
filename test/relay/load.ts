/** Requests that are made until they are ended. */
export interface Load {
  /** How many were answered with 200 so far. */
  answered(): number;
  /** Ends it; resolves to the answers by their text, and to what went wrong. */
  end(): Promise<{ readonly answers: Readonly<Record<string, number>>; readonly failures: readonly string[] }>;
}

/** Four requests at a time, one after the other. */
export function startLoad(url: string): Load {
  const answers: Record<string, number> = {};
  const failures: string[] = [];
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver) {
      const response = await fetch(url);
      const text = await response.text();
      if (response.status === 200) answers[text] = (answers[text] ?? 0) + 1;
      else failures.push(`${response.status} ${text}`);
    }
  };
  const workers = Array.from({ length: 4 }, () => work().catch((error: Error) => failures.push(String(error.cause ?? error))));
  return {
    answered: () => Object.values(answers).reduce((sum, count) => sum + count, 0),
    async end() {
      isOver = true;
      await Promise.all(workers);
      return { answers, failures };
    },
  };
}

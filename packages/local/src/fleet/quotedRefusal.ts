/** Characters of a refusal in a diagnostic; whole it stands with its proxy. */
const MOST_TEXT = 1_000;

/** What a proxy said, as a diagnostic has it: cut after 1,000 characters. */
export function quotedRefusal(message: string): string {
  return message.length > MOST_TEXT ? `${message.slice(0, MOST_TEXT)}…` : message;
}

/** Why bytes cannot be read as text, with the mend. */
export class NoText extends Error {
  override readonly name = 'NoText';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns bytes as UTF-8 text, without its byte order mark. Throws a NoText for UTF-16, other encodings and NUL. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw new NoText('is UTF-16 — save it as UTF-8');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new NoText(bytes.includes(0) ? 'is no text — save it as UTF-8' : 'is not UTF-8 — save it as UTF-8');
  }
  if (text.includes('\0')) throw new NoText('has a NUL character — save it as UTF-8, without control characters');
  return text;
}

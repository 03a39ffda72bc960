import { fetch, Response, type Dispatcher, type RequestInit } from 'undici';

/** An answer that is larger than we take. Octokit wraps what fetch throws: `isTooLarge` finds it again. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** True for an AnswerTooLarge, also as the cause of octokit's own error. */
export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof AnswerTooLarge || (thrown instanceof Error && thrown.cause instanceof AnswerTooLarge);
}

/**
 * Returns a fetch that reads the whole body, and throws an AnswerTooLarge as soon as more than `mostBytes` have come,
 * counted after decompression. The body is read here and not where octokit does it, because octokit makes an empty text
 * of a body that fails on the way (its `getResponseData`).
 */
export function cappedFetch(dispatcher: Dispatcher, mostBytes: number) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, { ...init, dispatcher });
    if (response.body === null) return response;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      // Leaving the loop cancels the stream.
      if (bytes > mostBytes) throw new AnswerTooLarge(`GitHub's answer has more than ${mostBytes} bytes`);
      chunks.push(chunk);
    }
    const { status, statusText, headers } = response;
    return new Response(Buffer.concat(chunks), { status, statusText, headers });
  };
}

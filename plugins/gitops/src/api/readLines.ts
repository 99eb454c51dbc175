/** Non-empty lines of a response, each as soon as it has arrived. */
export async function* readLines(response: Response): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  if (!reader) {
    yield* (await response.text()).split('\n').filter(Boolean);
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = done ? '' : lines.pop() ?? '';
      yield* lines.filter(Boolean);
      if (done) {
        return;
      }
    }
  } finally {
    reader.releaseLock();
  }
}

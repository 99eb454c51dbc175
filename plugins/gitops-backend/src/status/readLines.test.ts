import { MalformedStreamError, readLines } from './readLines';

async function* pieces(...chunks: Uint8Array[]) {
  yield* chunks;
}

async function collect(...chunks: Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(pieces(...chunks))) {
    lines.push(line);
  }
  return lines;
}

describe('readLines', () => {
  it('gives the same lines wherever the bytes are cut', async () => {
    const bytes = Buffer.from('{"a":"grün"}\n\n{"b":"✓🚀"}\n');
    for (let cut = 0; cut <= bytes.length; cut++) {
      await expect(
        collect(bytes.subarray(0, cut), bytes.subarray(cut)),
      ).resolves.toEqual(['{"a":"grün"}', '{"b":"✓🚀"}']);
    }
  });

  it('gives lines that trickle in byte by byte', async () => {
    const bytes = [...Buffer.from('{"a":"ü"}\n')].map(byte =>
      Uint8Array.of(byte),
    );
    await expect(collect(...bytes)).resolves.toEqual(['{"a":"ü"}']);
  });

  it('drops the half line that a torn connection leaves', async () => {
    await expect(collect(Buffer.from('one\ntw'))).resolves.toEqual(['one']);
  });

  it('refuses what is not UTF-8 and what does not end', async () => {
    await expect(collect(Uint8Array.of(0xff, 0x0a))).rejects.toThrow(
      MalformedStreamError,
    );
    const block = Buffer.alloc(1024 * 1024, 'x');
    await expect(
      collect(...Array.from({ length: 17 }, () => block)),
    ).rejects.toThrow('a line of the watch has no end');
  });
});

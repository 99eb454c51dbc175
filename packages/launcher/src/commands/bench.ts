export async function bench(_: { json?: boolean }): Promise<void> {
  throw new Error('later');
}

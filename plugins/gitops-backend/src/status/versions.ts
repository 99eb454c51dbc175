/**
 * Compares resource versions. They are opaque by contract, but numbers that
 * rise per resource in every API server there is (KEP-5504 makes it a promise);
 * what is no number is never called older.
 *
 * @internal
 */
export function isOlder(version: string | undefined, than: string | undefined) {
  const number = /^[0-9]+$/;
  return (
    version !== undefined &&
    than !== undefined &&
    number.test(version) &&
    number.test(than) &&
    BigInt(version) < BigInt(than)
  );
}

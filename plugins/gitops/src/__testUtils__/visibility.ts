let state: DocumentVisibilityState = 'visible';

/** Hides or shows the page, as switching browser tabs does. */
export function setVisibility(next: DocumentVisibilityState) {
  state = next;
  Object.defineProperty(document, 'visibilityState', {
    configurable: true,
    get: () => state,
  });
  document.dispatchEvent(new Event('visibilitychange'));
}

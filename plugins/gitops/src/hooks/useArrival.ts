import { type RefObject, useEffect, useRef } from 'react';

/**
 * Brings an element on screen that a link led to, once there is something to see:
 * below what is still loading it would be somewhere else a moment later.
 *
 * @param isTarget - whether the link led here
 * @param isRead - whether its content is there
 * @returns what to give the element
 */
export function useArrival<T extends HTMLElement>(
  isTarget: boolean | undefined,
  isRead: boolean,
): RefObject<T> {
  const element = useRef<T>(null);
  useEffect(() => {
    if (isTarget && isRead) {
      element.current?.scrollIntoView({ block: 'start' });
    }
  }, [isTarget, isRead]);
  return element;
}

import { type RefObject, useEffect } from 'react';
import { useHref, useNavigate } from 'react-router-dom';

/**
 * Follows plain links within an element as the router's own links are followed:
 * without loading the portal anew. A component for each link would have each of
 * thousands listen to the address.
 */
export function useFollowedLinks(container: RefObject<HTMLElement>): void {
  const navigate = useNavigate();
  const base = useHref('/').replace(/\/$/, '');
  useEffect(() => {
    const element = container.current;
    function follow(event: MouseEvent) {
      const link = (event.target as Element).closest('a');
      const modified =
        event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
      if (!link || modified || event.button !== 0) {
        return; // The browser knows what to do.
      }
      event.preventDefault();
      navigate(link.getAttribute('href')!.slice(base.length));
    }
    element?.addEventListener('click', follow);
    return () => element?.removeEventListener('click', follow);
  }, [container, navigate, base]);
}

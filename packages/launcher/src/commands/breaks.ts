/** What `./dev demo --break` can spoil before it starts. */
export const BREAKS = ['path', 'credentials', 'branch'] as const;

export type Break = (typeof BREAKS)[number];

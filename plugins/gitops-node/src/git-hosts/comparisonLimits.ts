/** Most commits that a comparison lists, as GitHub does. */
export const MAX_COMPARED_COMMITS = 250;

/** Most files that a comparison lists, as GitHub does. */
export const MAX_COMPARED_FILES = 300;

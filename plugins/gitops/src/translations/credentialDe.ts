/** What is said of credentials and connections, in German. */
export const credentialDe = {} as const;

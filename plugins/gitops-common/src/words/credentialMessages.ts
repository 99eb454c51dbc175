/** What is said of credentials and connections, in English. @public */
export const credentialMessages = {} as const satisfies Record<string, string>;

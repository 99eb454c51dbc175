import type { JsonObject } from '@backstage/types';

/** Configuration of an app that is in a language from the start. */
export function speaking(language: string): JsonObject {
  const config = {
    availableLanguages: ['en', language],
    defaultLanguage: language,
  };
  return {
    app: {
      baseUrl: 'http://localhost:3000',
      extensions: [{ 'api:app/app-language': { config } }],
    },
    backend: { baseUrl: 'http://localhost:7007' },
  };
}

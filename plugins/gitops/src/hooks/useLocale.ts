import { useEffect, useState } from 'react';
import { useApiHolder } from '@backstage/core-plugin-api';
import { appLanguageApiRef } from '@backstage/core-plugin-api/alpha';

/** Language of the app, for dates and numbers; undefined means the browser's. */
export function useLocale(): string | undefined {
  const languageApi = useApiHolder().get(appLanguageApiRef);
  const [locale, setLocale] = useState(
    () => languageApi?.getLanguage().language,
  );
  useEffect(() => {
    const subscription = languageApi
      ?.language$()
      .subscribe(({ language }) => setLocale(language));
    return () => subscription?.unsubscribe();
  }, [languageApi]);
  return locale;
}

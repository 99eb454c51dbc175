import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// A busy machine is no failure: what is loaded lazily is compiled here on first use.
jest.setTimeout(60_000);
configure({ asyncUtilTimeout: 20_000 });

// jsdom has no layout, so there is nothing to scroll.
Element.prototype.scrollIntoView ??= () => {};

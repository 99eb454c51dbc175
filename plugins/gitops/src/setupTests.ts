import '@testing-library/jest-dom';

// jsdom has no layout, so there is nothing to scroll.
Element.prototype.scrollIntoView ??= () => {};

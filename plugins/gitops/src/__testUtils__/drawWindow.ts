/**
 * Gives elements a size, which jsdom does not: windowed lists draw only what has
 * room.
 */
export function drawWindow(options: { window: number; row: number }) {
  function height(this: Element) {
    return this.getAttribute('role') === 'row' ? options.row : options.window;
  }
  beforeEach(() => {
    jest
      .spyOn(Element.prototype, 'clientHeight', 'get')
      .mockImplementation(height);
    jest
      .spyOn(HTMLElement.prototype, 'offsetHeight', 'get')
      .mockImplementation(height);
    jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(1_200);
  });
  afterEach(() => jest.restoreAllMocks());
}

import { render } from '@testing-library/react';
import App from './App';

describe('App', () => {
  it('reaches the sign-in page', async () => {
    process.env = {
      ...process.env,
      APP_CONFIG: [
        {
          data: {
            app: { title: 'Portal', baseUrl: 'http://localhost:3000' },
            backend: { baseUrl: 'http://localhost:3000' },
          },
          context: 'test',
        },
      ] as any,
    };
    const { findByRole } = render(App.createRoot());
    expect(
      await findByRole('button', { name: 'Enter' }, { timeout: 20_000 }),
    ).toBeInTheDocument();
  }, 30_000);
});
